#pragma once

// Boost.Asio 1.74 uses std::exchange in C++20 without including it.
#include <utility>
// A comment between keeps the order.
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>

/// The types of Boost.Asio that this module uses, for its .cc files only.
namespace assayd::http {

namespace asio = boost::asio;
using IoError = boost::system::error_code;
using Strand = asio::strand<asio::io_context::executor_type>;
/// TCP and local alike, so that one session serves both.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Strand>;
using Descriptor = asio::posix::basic_stream_descriptor<Strand>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Strand>;

}  // namespace assayd::http
