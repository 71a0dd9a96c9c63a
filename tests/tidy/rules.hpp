#pragma once
// The rules of the source tree, one function each. A rule looks at a whole tree and lists what is
// wrong; it knows nothing of exceptions, which policy.hpp lists with their reasons.
//
// Every rule has a test on a snippet that breaks it (test_*_rules.cpp), so that it is seen to fail,
// and a test on the real tree (test_tree.cpp).

#include "tests/tidy/tree.hpp"

namespace tidy {

// Text of any kind (text_rules.cpp).
Findings lines_too_long(const Tree& tree);
Findings files_too_long(const Tree& tree);
Findings untidy_white_space(const Tree& tree);
Findings leftover_notes(const Tree& tree);

// Markdown (markdown_rules.cpp).
Findings titles_not_one(const Tree& tree);
Findings broken_links(const Tree& tree);

// How folders and files hang together (structure_rules.cpp).
Findings wrong_layers(const Tree& tree);
Findings banned_headers(const Tree& tree);
Findings unopened_headers(const Tree& tree);
Findings dead_files(const Tree& tree);

// C++ (code_rules.cpp).
Findings functions_too_long(const Tree& tree);
Findings banned_names(const Tree& tree);
Findings swallowed_exceptions(const Tree& tree);
Findings several_draws(const Tree& tree);
Findings order_by_address(const Tree& tree);
Findings mutable_statics(const Tree& tree);

}  // namespace tidy
