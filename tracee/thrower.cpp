// thrower [rounds] [threads]
// Exercises: C++ exceptions of several kinds thrown through many frames, with destructors, rethrow,
// nesting, exception_ptr across threads, pthread_exit, a failed dynamic_cast, noexcept frames that
// are passed without a throw; strings, streams, containers and sorting on the way. For a tracer
// that has armed every instruction of this program, of libstdc++ and of the unwinder.
//
// Prints: a line for each round and thread, then ok=1 if each exception came where it should and
// each object was destroyed once.
#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>

namespace {

thread_local int alive = 0, wrong = 0;

struct Guard {
  Guard() { ++alive; }
  ~Guard() { --alive; }
};

struct Base {
  virtual ~Base() = default;
};
struct Left : Base {};
struct Right : Base {};

struct Own : std::runtime_error {
  Own(int depth, int kind)
      : std::runtime_error("own " + std::to_string(kind)), depth(depth), kind(kind) {}
  int depth, kind;
};

void expect(bool held) {
  wrong += held ? 0 : 1;
}

[[gnu::noinline]] int safe(int x) noexcept {
  return x + 1;
}

/// Kinds beyond the last raise nothing.
[[gnu::noinline]] int raise(int kind, int depth) {
  const Left left;
  const Base& base = left;
  if (kind == 0) throw depth;
  if (kind == 1) throw std::string("text ") + std::to_string(depth);
  if (kind == 2) throw Own(depth, kind);
  if (kind == 3) (void)std::vector<int>().at(static_cast<std::size_t>(depth));
  if (kind == 4) (void)dynamic_cast<const Right&>(base);
  if (kind == 5) (void)std::stoi("no number");
  if (kind == 6) throw std::bad_alloc();
  return 0;
}

[[gnu::noinline]] int dig(int kind, int depth) {
  const Guard guard;
  if (depth == 0) return raise(kind, depth);
  if (depth % 4 == 2) try {
      return dig(kind, depth - 1) + 1;
    } catch (const Own&) {
      const Guard another;
      throw;
    }
  return dig(kind, depth - 1) + safe(depth);
}

std::string caught(int kind, int depth) try {
  dig(kind, depth);
  return "nothing";
} catch (int number) {
  return "int " + std::to_string(number);
} catch (const std::string& text) {
  return text;
} catch (const Own& own) {
  expect(own.kind == kind);
  return own.what();
} catch (const std::out_of_range&) {
  return "out of range";
} catch (const std::bad_cast&) {
  return "bad cast";
} catch (const std::invalid_argument&) {
  return "no argument";
} catch (const std::exception& other) {
  return other.what();
}

std::string nested(int depth) {
  std::string said;
  try {
    try {
      dig(2, depth);
    } catch (...) {
      std::throw_with_nested(std::logic_error("outer"));
    }
  } catch (const std::exception& outer) {
    said = outer.what();
    try {
      std::rethrow_if_nested(outer);
    } catch (const std::exception& inner) {
      said += std::string(" of ") + inner.what();
    }
  }
  return said;
}

std::string from_another_thread(int kind) {
  std::exception_ptr carried;
  std::thread([&] {
    try {
      dig(kind, 5);
    } catch (...) {
      carried = std::current_exception();
    }
    expect(alive == 0);
    if (wrong != 0) std::abort();
  }).join();
  try {
    std::rethrow_exception(carried);
  } catch (const Own& own) {
    return own.what();
  } catch (...) {
    return "another";
  }
}

/// pthread_exit unwinds as an exception does, also through `catch (...)` that throws on.
bool leaves_by_exit() {
  int destroyed = 0;
  struct Count {
    int& count;
    ~Count() { ++count; }
  };
  std::thread([&destroyed] {
    const Count outer{destroyed};
    try {
      const Count inner{destroyed};
      pthread_exit(nullptr);
    } catch (...) {
      ++destroyed;
      throw;
    }
  }).join();
  return destroyed == 3;
}

std::string one_round(int round) {
  expect(leaves_by_exit());
  std::map<std::string, int> seen;
  for (int kind = 0; kind <= 7; ++kind) ++seen[caught(kind, 1 + (round + kind) % 9)];
  std::vector<std::string> lines;
  for (const auto& [text, count] : seen) lines.push_back(text + " x" + std::to_string(count));
  std::sort(lines.begin(), lines.end(), std::greater<>());
  std::ostringstream out;
  out << "round " << round << ' ' << nested(round % 6) << ' ' << from_another_thread(2) << ' '
      << 1.0 / (round + 1);
  for (const std::string& line : lines) out << ", " << line;
  return out.str();
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 3;
  const int count = argc > 2 ? std::atoi(argv[2]) : 2;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::string> said(static_cast<std::size_t>(count));
    std::vector<std::thread> threads;
    for (auto& line : said)
      threads.emplace_back([&line, round] {
        line = one_round(round);
        expect(alive == 0);
        if (wrong != 0) line += " WRONG";
      });
    for (std::thread& one : threads) one.join();
    for (const auto& line : said) {
      expect(line == said.front() && line.find("WRONG") == std::string::npos);
      std::puts(line.c_str());
    }
  }
  std::printf("ok=%d\n", wrong == 0 ? 1 : 0);
  return wrong == 0 ? 0 : 3;
}
