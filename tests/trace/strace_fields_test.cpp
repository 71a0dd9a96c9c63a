#include <catch2/catch.hpp>

#include "sim/trace/strace_fields.hpp"

namespace {

using Words = std::vector<std::string_view>;

Words split(std::string_view text) {
  Words words;
  sim::split_arguments(text, words);
  return words;
}

}  // namespace

TEST_CASE("arguments are split outside strings, brackets, notes and comments") {
  CHECK(split("").empty());
  CHECK(split("  ").empty());
  CHECK(split("1, 2,3") == Words{"1", "2", "3"});
  CHECK(split("6, [{events=EPOLLIN, data={u32=1, u64=2}}], 512, -1") ==
        Words{"6", "[{events=EPOLLIN, data={u32=1, u64=2}}]", "512", "-1"});
  CHECK(split(R"(3, "a, \", b"..., 5)") == Words{"3", R"("a, \", b"...)", "5"});
  CHECK(split("3</srv/a, b>, 5") == Words{"3</srv/a, b>", "5"});
  CHECK(split("2</dev/null<char 1:3>>, 5") == Words{"2</dev/null<char 1:3>>", "5"});
  CHECK(split("6<TCP:[1.1.1.1:80->2.2.2.2:81]>, 7") ==
        Words{"6<TCP:[1.1.1.1:80->2.2.2.2:81]>", "7"});
  CHECK(split(R"(9<UNIX-STREAM:[3->4,"/srv/s\"o,ck"]>, 7)") ==
        Words{R"(9<UNIX-STREAM:[3->4,"/srv/s\"o,ck"]>)", "7"});
  CHECK(split("[1], 0x7f /* 37, 38 vars */, 1<<CAP_CHOWN|1<<CAP_KILL, 0") ==
        Words{"[1]", "0x7f /* 37, 38 vars */", "1<<CAP_CHOWN|1<<CAP_KILL", "0"});
}

TEST_CASE("text whose brackets or quotes do not match is one last argument") {
  CHECK(split("1, {a=2, b") == Words{"1", "{a=2, b"});
  CHECK(split(R"(1, "a, b)") == Words{"1", R"("a, b)"});
  CHECK(split("1, (2], 3") == Words{"1", "(2], 3"});
  const std::string deep(1000, '[');
  CHECK(split(deep) == Words{deep});
}

TEST_CASE("descriptors come with the text of -yy or without") {
  CHECK(sim::parse_descriptor("6")->number == 6);
  CHECK(sim::parse_descriptor("6")->note.empty());
  CHECK(sim::parse_descriptor("-1")->number == -1);
  CHECK(sim::parse_descriptor("AT_FDCWD</srv>")->number == sim::at_fdcwd);
  CHECK(sim::parse_descriptor("AT_FDCWD</srv>")->note == "/srv");
  CHECK(sim::parse_descriptor("6<TCPv6:[[::1]:80->[::1]:81]>")->note ==
        "TCPv6:[[::1]:80->[::1]:81]");
  CHECK(sim::parse_descriptor("2</dev/null<char 1:3>>")->note == "/dev/null<char 1:3>");
  CHECK(sim::parse_descriptor("3</srv/x>(deleted)")->note == "/srv/x");
  CHECK(sim::parse_descriptor("3</srv/a->")->note == "/srv/a-");

  CHECK_FALSE(sim::parse_descriptor(""));
  CHECK_FALSE(sim::parse_descriptor("0x7ffe"));
  CHECK_FALSE(sim::parse_descriptor("NULL"));
  CHECK_FALSE(sim::parse_descriptor("6<TCP:[1:2->3:4]"));
  CHECK_FALSE(sim::parse_descriptor("6<pipe:[1]> 7"));
  CHECK_FALSE(sim::parse_descriptor("99999999999"));
}

TEST_CASE("numbers are read whole or not at all") {
  CHECK(sim::parse_integer("0") == 0);
  CHECK(sim::parse_integer("-60") == -60);
  CHECK(sim::parse_integer("0x1f") == 31);
  CHECK(sim::parse_integer("022") == 18);
  CHECK(sim::parse_integer("9223372036854775807") == 9223372036854775807);
  CHECK_FALSE(sim::parse_integer("9223372036854775808"));
  CHECK_FALSE(sim::parse_integer(""));
  CHECK_FALSE(sim::parse_integer("-"));
  CHECK_FALSE(sim::parse_integer("12a"));
  CHECK_FALSE(sim::parse_integer("08"));
}

TEST_CASE("seconds become nanoseconds without rounding") {
  CHECK(sim::parse_seconds("0.000012") == 12'000);
  CHECK(sim::parse_seconds("1795398129.871439") == 1'795'398'129'871'439'000);
  CHECK(sim::parse_seconds("1.123456789") == 1'123'456'789);
  CHECK(sim::parse_seconds("4294967295.9") == 4'294'967'295'900'000'000);
  CHECK_FALSE(sim::parse_seconds("4294967296.0"));
  CHECK_FALSE(sim::parse_seconds("12"));
  CHECK_FALSE(sim::parse_seconds(".5"));
  CHECK_FALSE(sim::parse_seconds("1."));
  CHECK_FALSE(sim::parse_seconds("1.1234567890"));
  CHECK_FALSE(sim::parse_seconds("1.2.3"));
  CHECK_FALSE(sim::parse_seconds("-1.5"));
}

TEST_CASE("offsets are read before and after the call") {
  CHECK(sim::parse_in_out("[0] => [53248]").in == 0);
  CHECK(sim::parse_in_out("[0] => [53248]").out == 53248);
  CHECK(sim::parse_in_out("[7]").in == 7);
  CHECK_FALSE(sim::parse_in_out("[7]").out);
  CHECK_FALSE(sim::parse_in_out("NULL").in);
  CHECK_FALSE(sim::parse_in_out("[x] => [1]").in);
}

TEST_CASE("fields of structures are found by name at the top level only") {
  const std::string_view stat = "{st_mode=S_IFREG|0644, st_size=74287, ...}";
  CHECK(sim::struct_field(stat, "st_size") == "74287");
  CHECK(sim::struct_field(stat, "st_mode") == "S_IFREG|0644");
  CHECK(sim::struct_field(stat, "size").empty());
  CHECK(sim::struct_field("{a={st_size=1}, b=2}", "st_size").empty());
  CHECK(sim::struct_field("{a={st_size=1}, b=2}", "b") == "2");
  CHECK(sim::struct_field("0x7ffe", "st_size").empty());
  CHECK(sim::struct_field("{st_size=1", "st_size").empty());
}

TEST_CASE("escapes are undone, cut strings are refused") {
  CHECK(*sim::parse_quoted(R"("/srv/a")") == "/srv/a");
  CHECK(*sim::parse_quoted(R"("a\"b\\c\n\t")") == "a\"b\\c\n\t");
  CHECK(*sim::parse_quoted(R"("\303\251\0x\xe9")") == std::string("\303\251\0x\xe9", 5));
  CHECK(sim::parse_quoted(R"("")")->empty());
  CHECK_FALSE(sim::parse_quoted(R"("GET /"...)"));
  CHECK_FALSE(sim::parse_quoted("NULL"));
  CHECK_FALSE(sim::parse_quoted(R"("abc)"));
  CHECK(sim::unescape(R"(/a\74b\76c)") == "/a<b>c");
  CHECK(sim::unescape("end\\") == "end\\");
  CHECK(sim::unescape("end\\x") == std::string("end\0", 4));
}

TEST_CASE("errno names become numbers, the kernel's own too") {
  CHECK(sim::errno_of("EAGAIN") == 11);
  CHECK(sim::errno_of("EPIPE") == 32);
  CHECK(sim::errno_of("ECONNRESET") == 104);
  CHECK(sim::errno_of("ERESTARTNOHAND") == 514);
  CHECK(sim::errno_of("EWHATEVER") == 0);
  CHECK(sim::errno_of("") == 0);
}

TEST_CASE("excerpts for messages are short and printable") {
  CHECK(sim::printable("abc", 10) == "abc");
  CHECK(sim::printable(std::string("a\0\x1b\xff", 4), 10) == "a???");
  CHECK(sim::printable("abcdef", 3) == "abc...");
}
