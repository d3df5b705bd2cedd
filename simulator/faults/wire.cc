#include "simulator/faults/wire.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "http/answer.h"
#include "simulator/faults/gzip.h"

namespace assayd::simulator {
namespace {

using http::AnswerFrame;
using http::RawAnswer;
using Pause = std::chrono::milliseconds;

constexpr std::size_t kMebibyte = 1'048'576;

std::string Head(const http::Response& response, AnswerFrame frame) {
  return http::WriteAnswerHead(response.status, response.headers, frame);
}

std::string HeadOfLength(const http::Response& response, std::size_t length) {
  return Head(response, {.length = length});
}

RawAnswer Raw(std::string bytes, RawAnswer::End end = RawAnswer::End::kClose) {
  return {{{.bytes = std::move(bytes)}}, end};
}

std::string Half(const std::string& body) { return body.substr(0, body.size() / 2); }

// Inside the first object, where every reader passes.
std::string InsertMember(const std::string& body, const std::string& member) {
  const auto open = body.find('{');
  if (open == std::string::npos) return body;
  const bool is_empty = body.find_first_not_of(" \r\n\t", open + 1) == body.find('}', open);
  return body.substr(0, open + 1) + member + (is_empty ? "" : ",") + body.substr(open + 1);
}

// A member that is there, again, with what a careless reader would like to believe.
std::string DuplicateKey(const Answer& answer, const std::string& body) {
  if (!answer.json || !answer.json->is_object() || answer.json->empty()) return body;
  if (answer.json->contains("value")) return InsertMember(body, "\"value\":[]");
  if (answer.json->contains("isEnabled")) return InsertMember(body, "\"isEnabled\":true");
  return InsertMember(body, DumpJson(Json(answer.json->begin().key())) + ":null");
}

std::string Nested(const std::string& body, std::size_t depth) {
  return InsertMember(body, "\"simulated\":" + std::string(depth, '[') + std::string(depth, ']'));
}

// A lone continuation byte in the first text.
std::string BreakUtf8(std::string body) {
  const auto quote = body.find('"');
  if (quote == std::string::npos) return body + '\xBF';
  const auto value = body.find(":\"", quote);
  return body.insert(value == std::string::npos ? quote + 1 : value + 2, "\xBF\xFE");
}

http::Response Zipped(http::Response response, std::string bytes) {
  response.headers.push_back({"Content-Encoding", "gzip"});
  response.body = std::move(bytes);
  return response;
}

// Two Content-Length headers: the listener would never write them.
RawAnswer TwoLengths(const http::Response& response) {
  auto head = HeadOfLength(response, response.body.size());
  head.insert(head.size() - 2, "Content-Length: 0\r\n");
  return Raw(head + response.body);
}

RawAnswer Chunked(const http::Response& response, const std::string& size_line) {
  const auto first = Half(response.body);
  const auto head = Head(response, {.body = AnswerFrame::Body::kChunked});
  return Raw(head + (first.empty() ? "" : http::WriteChunk(first)) + size_line + "\r\n" +
             response.body.substr(first.size()));
}

RawAnswer HeaderBomb(http::Response response, std::size_t kibibytes) {
  response.headers.push_back({"X-Padding", std::string(kibibytes * 1'024, 'x')});
  return Raw(HeadOfLength(response, response.body.size()) + response.body);
}

// Spaces are allowed anywhere between tokens: the content stays what it was.
RawAnswer Huge(const http::Response& response, std::size_t mebibytes) {
  RawAnswer raw;
  raw.pieces.push_back(
      {.bytes = HeadOfLength(response, response.body.size() + mebibytes * kMebibyte)});
  for (std::size_t i = 0; i < mebibytes; ++i) {
    raw.pieces.push_back({.bytes = std::string(kMebibyte, ' ')});
  }
  raw.pieces.push_back({.bytes = response.body});
  return raw;
}

// One byte at a time, for 600 bytes; the rest at once.
void AppendDripping(const std::string& bytes, Pause pause, RawAnswer& raw) {
  constexpr std::size_t kDropsMax = 600;
  const auto drops = std::min(bytes.size(), kDropsMax);
  for (std::size_t i = 0; i < drops; ++i) {
    raw.pieces.push_back({.bytes = bytes.substr(i, 1), .pause_before = pause});
  }
  if (drops < bytes.size()) {
    raw.pieces.push_back({.bytes = bytes.substr(drops), .pause_before = pause});
  }
}

RawAnswer Dripping(const http::Response& response, Pause pause) {
  RawAnswer raw = Raw(HeadOfLength(response, response.body.size()));
  AppendDripping(response.body, pause, raw);
  return raw;
}

RawAnswer SlowHead(const http::Response& response, Pause pause) {
  RawAnswer raw;
  AppendDripping(HeadOfLength(response, response.body.size()), pause, raw);
  raw.pieces.push_back({.bytes = response.body});
  return raw;
}

RawAnswer Late(const http::Response& response, Pause pause) {
  return {{{.bytes = HeadOfLength(response, response.body.size()) + response.body,
            .pause_before = pause}}};
}

RawAnswer Stalling(const http::Response& response, Pause pause) {
  const auto first = Half(response.body);
  return {{{.bytes = HeadOfLength(response, response.body.size()) + first},
           {.bytes = response.body.substr(first.size()), .pause_before = pause}}};
}

http::Response WithBody(http::Response response, std::string body) {
  response.body = std::move(body);
  return response;
}

Reply WriteFrame(const FaultSpec& fault, const http::Response& response) {
  const auto half = Half(response.body);
  const auto pause = Pause(fault.number);
  const auto number = static_cast<std::size_t>(fault.number);
  switch (fault.kind) {
    case FaultKind::kTruncate:
      return Raw(HeadOfLength(response, response.body.size()) + half);
    case FaultKind::kTruncateEof:
      return Raw(Head(response, {.body = AnswerFrame::Body::kUntilClose}) + half);
    case FaultKind::kShortLength:
      return Raw(HeadOfLength(response, half.size()) + response.body);
    case FaultKind::kTwoLengths:
      return TwoLengths(response);
    case FaultKind::kNegativeChunk:
      return Chunked(response, "-1");
    case FaultKind::kBadChunk:
      return Chunked(response, "zz");
    case FaultKind::kHeaderBomb:
      return HeaderBomb(response, number);
    case FaultKind::kHuge:
      return Huge(response, number);
    case FaultKind::kDelay:
      return Late(response, pause);
    case FaultKind::kDrip:
      return Dripping(response, pause);
    case FaultKind::kSlowHead:
      return SlowHead(response, pause);
    case FaultKind::kStall:
      return Stalling(response, pause);
    case FaultKind::kReset:
      return RawAnswer{{}, RawAnswer::End::kReset};
    case FaultKind::kResetMidBody:
      return Raw(HeadOfLength(response, response.body.size()) + half, RawAnswer::End::kReset);
    case FaultKind::kClose:
      return RawAnswer{};
    default:
      return response;
  }
}

}  // namespace

Reply WriteReply(const FaultSpec& fault, const Answer& answer) {
  auto response = ToResponse(answer);
  const auto& body = response.body;
  const auto number = static_cast<std::size_t>(fault.number);
  switch (fault.kind) {
    case FaultKind::kTruncateJson:
      return WithBody(response, Half(body));
    case FaultKind::kDuplicateKeys:
      return WithBody(response, DuplicateKey(answer, body));
    case FaultKind::kDeep:
      return WithBody(response, Nested(body, number));
    case FaultKind::kBom:
      return WithBody(response, "\xEF\xBB\xBF" + body);
    case FaultKind::kInvalidUtf8:
      return WithBody(response, BreakUtf8(body));
    case FaultKind::kGzip:
      return Zipped(response, GzipStored(body));
    case FaultKind::kGzipBomb:
      return Zipped(response, GzipBomb(static_cast<std::uint32_t>(fault.number)));
    default:
      return WriteFrame(fault, response);
  }
}

}  // namespace assayd::simulator
