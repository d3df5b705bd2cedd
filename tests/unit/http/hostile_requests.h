#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/http/test_server.h"

/// The smuggling battery: requests that must be refused whatever stands before or behind us.
namespace assayd::http {

using std::string_literals::operator""s;

/// One request that must be refused, and followed by a second that must not be seen.
struct HostileRequest {
  std::string name;
  std::string bytes;
  int status = 400;

  friend void PrintTo(const HostileRequest& request, std::ostream* out) { *out << request.name; }
};

inline std::string WithHeaders(const std::string& headers, const std::string& body = {}) {
  return "POST /hostile HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}

inline std::string Chunked(const std::string& body) {
  return WithHeaders("Transfer-Encoding: chunked\r\n", body);
}

inline std::string WithTarget(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

inline std::string WithHost(const std::string& host_lines) {
  return "GET / HTTP/1.1\r\n" + host_lines + "\r\n";
}

// Several bodies that a reader who takes the other length sees.
inline const std::string kBody = "5\r\nhello\r\n0\r\n\r\n";

inline std::vector<HostileRequest> Lengths() {
  return {
      {"DoubledLength", WithHeaders("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"DifferingLengths", WithHeaders("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")},
      {"LengthList", WithHeaders("Content-Length: 5, 5\r\n", "hello")},
      {"LengthWithPlus", WithHeaders("Content-Length: +5\r\n", "hello")},
      {"NegativeLength", WithHeaders("Content-Length: -1\r\n", "hello")},
      {"LengthWithLetter", WithHeaders("Content-Length: 5x\r\n", "hello")},
      {"HexadecimalLength", WithHeaders("Content-Length: 0x5\r\n", "hello")},
      {"EmptyLength", WithHeaders("Content-Length:\r\n", "hello")},
      {"LengthOverflow", WithHeaders("Content-Length: 18446744073709551621\r\n", "hello")},
      {"LengthWithBlank", WithHeaders("Content-Length: 5 5\r\n", "hello")},
      {"LengthWithComma", WithHeaders("Content-Length: ,5\r\n", "hello")},
      {"LengthThenCoding",
       WithHeaders("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", kBody)},
      {"CodingThenLength",
       WithHeaders("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", kBody)},
  };
}

inline std::vector<HostileRequest> Codings() {
  std::vector<HostileRequest> requests;
  const std::vector<std::pair<std::string, std::string>> codings{
      {"Unknown", "xchunked"},
      {"Cow", "cow"},
      {"ChunkedFirst", "chunked, identity"},
      {"ChunkedLast", "gzip, chunked"},
      {"Identity", "identity"},
      {"Twice", "chunked, chunked"},
      {"Quoted", "\"chunked\""},
      {"Parameter", "chunked;q=1"},
      {"VerticalTab", "\vchunked"},
      {"FormFeed", "chunked\f"},
      {"Nul", "chunked\0"s},
      {"Empty", ""},
      {"Comma", ",chunked"},
      {"NoBreakSpace",
       "\xC2\xA0"
       "chunked"},
  };
  for (const auto& [name, coding] : codings) {
    requests.push_back(
        {"Coding" + name, WithHeaders("Transfer-Encoding: " + coding + "\r\n", kBody)});
  }
  requests.push_back({"CodingDoubled", WithHeaders("Transfer-Encoding: chunked\r\n"
                                                   "Transfer-Encoding: chunked\r\n",
                                                   kBody)});
  requests.push_back({"CodingTwoFields", WithHeaders("Transfer-Encoding: identity\r\n"
                                                     "Transfer-Encoding: chunked\r\n",
                                                     kBody)});
  requests.push_back({"CodingInHttp10",
                      "POST / HTTP/1.0\r\nHost: localhost\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n" +
                          kBody});
  return requests;
}

inline std::vector<HostileRequest> Lines() {
  return {
      {"SpaceBeforeColon", WithHeaders("Content-Length : 5\r\n", "hello")},
      {"TabBeforeColon", WithHeaders("Transfer-Encoding\t: chunked\r\n", kBody)},
      {"FoldedBySpace", WithHeaders("Transfer-Encoding:\r\n chunked\r\n", kBody)},
      {"FoldedByTab", WithHeaders("X-A: b\r\n\tTransfer-Encoding: chunked\r\n", kBody)},
      {"FoldedFirstHeader", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n"},
      {"BareLineFeeds", "GET / HTTP/1.1\nHost: localhost\n\n"},
      {"BareLineFeedAfterHeader", WithHeaders("X-A: b\nTransfer-Encoding: chunked\r\n", kBody)},
      {"BareLineFeedEndsHead", "GET / HTTP/1.1\r\nHost: localhost\r\n\n"},
      {"BareCarriageReturn", WithHeaders("X-A: b\rTransfer-Encoding: chunked\r\n", kBody)},
      {"DoubledCarriageReturn", WithHeaders("X-A: b\r\r\n")},
      {"NulInName", WithHeaders("X-\0A: b\r\n"s)},
      {"NulInValue", WithHeaders("X-A: \0b\r\n"s)},
      {"DeleteInValue", WithHeaders("X-A: \x7F\r\n")},
      {"EscapeInValue", WithHeaders("X-A: \x1B[31m\r\n")},
      {"NoColon", WithHeaders("Nonsense\r\n")},
      {"NoName", WithHeaders(": value\r\n")},
      {"SpaceInName", WithHeaders("X A: b\r\n")},
      {"BracketInName", WithHeaders("X[A]: b\r\n")},
      {"Latin1InName", WithHeaders("X-\xE9: b\r\n")},
      {"Latin1InValue", WithHeaders("X-A: caf\xE9\r\n")},
      {"EmptyLineFirst", "\r\n" + WithTarget("/")},
      {"SpaceFirst", " " + WithTarget("/")},
  };
}

inline std::vector<HostileRequest> RequestLines() {
  const auto line = [](const std::string& text) { return text + "\r\nHost: localhost\r\n\r\n"; };
  return {
      {"Http09", "GET /\r\n"},
      {"Http09WithHeaders", line("GET /")},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"Http12", line("GET / HTTP/1.2"), 505},
      {"Http99", line("GET / HTTP/9.9"), 505},
      {"Http011", line("GET / HTTP/01.1")},
      {"HttpNoMinor", line("GET / HTTP/1")},
      {"LowerCaseVersion", line("GET / http/1.1")},
      {"SpaceAfterVersion", line("GET / HTTP/1.1 ")},
      {"TwoSpaces", line("GET  / HTTP/1.1")},
      {"Tabs", line("GET\t/\tHTTP/1.1")},
      {"NoMethod", line(" / HTTP/1.1")},
      {"SpaceInTarget", line("GET /a b HTTP/1.1")},
      {"LongMethod", line(std::string(40, 'G') + " / HTTP/1.1")},
      {"MethodNoToken", line("G@T / HTTP/1.1")},
      {"LowerCaseMethod", line("get / HTTP/1.1"), 405},
      {"UnknownMethod", line("BREW / HTTP/1.1"), 405},
      {"Trace", line("TRACE / HTTP/1.1"), 405},
      {"Connect", line("CONNECT localhost:80 HTTP/1.1"), 405},
      {"TlsHello", "\x16\x03\x01\x02\x01\x01\xFC\x03\x03"s},
      {"UnknownExpectation", WithHeaders("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), 417},
  };
}

inline std::vector<HostileRequest> Hosts() {
  return {
      {"NoHost", WithHost("")},
      {"NoHostInHttp10", "GET / HTTP/1.0\r\n\r\n"},
      {"DoubledHost", WithHost("Host: localhost\r\nHost: localhost\r\n")},
      {"DoubledHostOtherCase", WithHost("Host: localhost\r\nHOST: evil.example\r\n")},
      {"EmptyHost", WithHost("Host:\r\n")},
      {"HostList", WithHost("Host: localhost, evil.example\r\n")},
      {"HostWithUser", WithHost("Host: evil.example@localhost\r\n")},
      {"HostWithPath", WithHost("Host: localhost/x\r\n")},
      {"HostWithBadPort", WithHost("Host: localhost:99999\r\n")},
      {"ForeignHost", WithHost("Host: rebound.evil.example\r\n"), 421},
      {"ForeignHostWithPort", WithHost("Host: rebound.evil.example:8787\r\n"), 421},
      {"OtherPort", WithHost("Host: localhost:1\r\n"), 421},
      {"DecimalAddress", WithHost("Host: 2130706433\r\n"), 421},
      {"ForeignAbsoluteForm", WithTarget("http://evil.example/"), 421},
      {"ForeignHostBesideAbsoluteForm",
       "GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
      {"UserInAbsoluteForm", WithTarget("http://a@localhost/")},
      {"EmptyAuthority", WithTarget("http:///")},
  };
}

inline std::vector<HostileRequest> Targets() {
  return {
      {"TargetEncodedNul", WithTarget("/a%00b")},
      {"TargetEncodedLineEnd", WithTarget("/a%0d%0ab")},
      {"TargetCutEscape", WithTarget("/a%2")},
      {"TargetBadEscape", WithTarget("/a%zz")},
      {"TargetRawUtf8", WithTarget("/caf\xC3\xA9")},
      {"TargetNotUtf8", WithTarget("/%C3%28")},
      {"TargetOverlongDots", WithTarget("/%C0%AE%C0%AE/")},
      {"TargetDots", WithTarget("/a/../b")},
      {"TargetEncodedDots", WithTarget("/a/%2e%2E/b")},
      {"TargetEncodedSlashDots", WithTarget("/a%2f..%2fb")},
      {"TargetBackslash", WithTarget("/a\\..\\b")},
      {"TargetFragment", WithTarget("/a#b")},
      {"TargetAsteriskGet", WithTarget("*")},
      {"TargetAuthorityForm", WithTarget("localhost:80")},
      {"TargetRelative", WithTarget("a/b")},
      {"TargetOtherScheme", WithTarget("file:///etc/passwd")},
      {"QueryEncodedNul", WithTarget("/a?b=%00")},
  };
}

inline std::vector<HostileRequest> Chunks() {
  return {
      {"ChunkMinusOne", Chunked("-1\r\nhello\r\n0\r\n\r\n")},
      {"ChunkMinusTwo", Chunked("-2\r\nhello\r\n0\r\n\r\n")},
      {"ChunkPlus", Chunked("+5\r\nhello\r\n0\r\n\r\n")},
      {"ChunkHexPrefix", Chunked("0x5\r\nhello\r\n0\r\n\r\n")},
      {"ChunkLeadingSpace", Chunked(" 5\r\nhello\r\n0\r\n\r\n")},
      {"ChunkTrailingSpace", Chunked("5 \r\nhello\r\n0\r\n\r\n")},
      {"ChunkOverflow", Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"ChunkHuge", Chunked("FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), 413},
      {"ChunkNoSize", Chunked("\r\nhello\r\n0\r\n\r\n")},
      {"ChunkGarbage", Chunked("zz\r\nhello\r\n0\r\n\r\n")},
      {"ChunkTooShort", Chunked("4\r\nhello\r\n0\r\n\r\n")},
      {"ChunkTooLong", Chunked("6\r\nhello\r\n0\r\n\r\n")},
      {"ChunkBareLineFeeds", Chunked("5\nhello\n0\n\n\r\n\r\n")},
      {"ChunkBareReturn", Chunked("5\rhello\r\n0\r\n\r\n")},
      {"ChunkWithoutEnd", Chunked("5\r\nhello0\r\n\r\n")},
      {"ChunkExtensionLineFeed", Chunked("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")},
      {"ChunkExtensionNoName", Chunked("5;=1\r\nhello\r\n0\r\n\r\n")},
      {"ChunkExtensionLong", Chunked("5;" + std::string(300, 'a') + "\r\nhello\r\n0\r\n\r\n")},
      {"ChunkExtensionEndless", Chunked("5;" + std::string(40'000, 'a'))},
      {"TrailersEndless", Chunked("0\r\n" + std::string(40'000, 'a'))},
      {"TrailerBareLineFeed", Chunked("0\r\nX-A: b\nX-B: c\r\n\r\n")},
      {"TrailerWithLength", Chunked("0\r\nContent-Length: 5\r\n\r\n")},
      {"ChunkSizeLineFeed", Chunked("2\n{}\n0\n\n")},
      {"ChunkSizeManyZeros", Chunked("00000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"ChunkContentLineFeed", Chunked("5\r\nhello\n0\r\n\r\n")},
      {"ChunkContentReturn", Chunked("5\r\nhello\r0\r\n\r\n")},
      {"ChunkLastLineFeed", Chunked("5\r\nhello\r\n0\n\r\n")},
      {"ChunkEndLineFeed", Chunked("5\r\nhello\r\n0\r\n\n")},
      {"ChunkEndReturn", Chunked("5\r\nhello\r\n0\r\n\r\r\n")},
      {"ChunkExtensionReturn", Chunked("5;a=\"\r\"\r\nhello\r\n0\r\n\r\n")},
      {"ChunkExtensionBlank", Chunked("5; a\r\nhello\r\n0\r\n\r\n")},
      {"ChunkExtensionNoValue", Chunked("5;a=\r\nhello\r\n0\r\n\r\n")},
      {"ChunkExtensionOpenQuote", Chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n")},
      {"TrailerBareReturn", Chunked("0\r\nX-A: b\rX-B: c\r\n\r\n")},
      {"TrailerNul", Chunked("0\r\nX-A: \0\r\n\r\n"s)},
      {"TrailerFolded", Chunked("0\r\nX-A: b\r\n c: d\r\n\r\n")},
      {"TrailerWithCoding", Chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")},
      {"TrailerWithHost", Chunked("0\r\nhost: evil.example\r\n\r\n")},
      {"TrailerNoColon", Chunked("0\r\nnonsense\r\n\r\n")},
  };
}

inline std::vector<HostileRequest> EveryHostileRequest() {
  std::vector<HostileRequest> all;
  for (auto requests :
       {Lengths(), Codings(), Lines(), RequestLines(), Hosts(), Targets(), Chunks()}) {
    all.insert(all.end(), requests.begin(), requests.end());
  }
  return all;
}

}  // namespace assayd::http
