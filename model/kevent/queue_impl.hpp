#pragma once
// The bodies of Queue and Storage, for the file that instantiates them.

#include "model/kevent/kinds.hpp"
#include "model/kevent/queue.hpp"
#include "model/kevent/queue_control.hpp"
#include "model/kevent/queue_deliver.hpp"
#include "model/kevent/queue_mapped.hpp"
#include "model/kevent/queue_ready.hpp"
#include "model/kevent/queue_wait.hpp"
#include "model/kevent/storage_impl.hpp"
