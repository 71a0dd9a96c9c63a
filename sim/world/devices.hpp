#pragma once
// placeholder until devices land
namespace sim { struct Devices {}; }
