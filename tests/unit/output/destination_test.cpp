#include "output/destination.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/quiet_write.hpp"
#include "samples.hpp"

namespace sidestep::output {
namespace {

std::unique_ptr<Destination> opened(const std::string& target) {
  auto destination = Destination::open(target);
  EXPECT_TRUE(destination.ok());
  return *std::move(destination);
}

std::string failure(const Result<void>& result) {
  return result ? "no error" : result.error().message;
}

std::string open_failure(const std::string& target) {
  const auto destination = Destination::open(target);
  if (destination) return "no error";
  EXPECT_EQ(destination.error().kind, ErrorKind::Setup);
  return destination.error().message;
}

TEST(FileDestination, IsTruncatedAndBuffered) {
  ScratchFile file;
  opened(file.path())->append("yesterday's text");
  const auto destination = opened(file.path());
  EXPECT_EQ(file.text(), "");
  destination->append("one\n");
  EXPECT_EQ(file.text(), "");
  ASSERT_TRUE(destination->flush().ok());
  EXPECT_EQ(file.text(), "one\n");
  destination->append("two\n");
  ASSERT_TRUE(destination->close().ok());
  EXPECT_EQ(file.text(), "one\ntwo\n");
}

TEST(FileDestination, WritesOutBeforeItGrows) {
  ScratchFile file;
  const auto destination = opened(file.path());
  const std::string line(1000, 'x');
  for (int i = 0; i < 100; ++i) destination->append(line);
  EXPECT_GE(file.text().size(), 60'000u);
  ASSERT_TRUE(destination->close().ok());
  EXPECT_EQ(file.text().size(), 100'000u);
}

TEST(FileDestination, IsNotInheritedByTheCommand) {
  ScratchFile file;
  const auto destination = opened(file.path());
  for (int fd = 3; fd < 64; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    struct stat there {
    }, ours{};
    if (flags == -1 || fstat(fd, &there) != 0 || stat(file.path().c_str(), &ours) != 0) continue;
    if (there.st_ino == ours.st_ino) {
      EXPECT_TRUE(flags & FD_CLOEXEC);
    }
  }
}

TEST(FileDestination, FullDisk) {
  const auto destination = opened("/dev/full");
  destination->append("text");
  const std::string expected =
      "cannot write to '/dev/full': No space left on device; make room, or write elsewhere with -o";
  EXPECT_EQ(failure(destination->flush()), expected);
  destination->append("more");
  EXPECT_EQ(failure(destination->flush()), expected) << "the first error stays";
  EXPECT_EQ(failure(destination->close()), expected);
}

TEST(FileDestination, CannotBeOpened) {
  EXPECT_EQ(open_failure("/nonexistent/x"),
            "cannot open '/nonexistent/x' for -o: No such file or directory; give -o a file that "
            "you may write");
  EXPECT_EQ(open_failure("/"),
            "cannot open '/' for -o: Is a directory; give -o a file that you may write");
}

TEST(CommandDestination, ReadsWhatIsWritten) {
  ScratchFile file;
  const auto destination = opened("|sed s/a/b/ >" + file.path());
  destination->append("aaa\n");
  ASSERT_TRUE(destination->close().ok());  // waits
  EXPECT_EQ(file.text(), "baa\n");
  EXPECT_EQ(destination->notice(), "");
}

TEST(CommandDestination, DeadReaderIsAnErrorAndNotOurDeath) {
  signal(SIGPIPE, SIG_DFL);
  const auto destination = opened("|exec 0<&-");
  std::string message = "no error";
  const std::string expected =
      "cannot write to -o '|exec 0<&-': its reader is gone; let it read to the end";
  // Until the shell has closed its end, the pipe takes the text.
  while (message == "no error") {
    destination->append("text\n");
    message = failure(destination->flush());
  }
  EXPECT_EQ(message, expected);
  EXPECT_EQ(failure(destination->close()), expected);
}

TEST(CommandDestination, KilledReader) {
  const auto destination = opened("|cat >/dev/null; kill -KILL $$");
  destination->append("text\n");
  EXPECT_EQ(failure(destination->close()),
            "the command of -o '|cat >/dev/null; kill -KILL $$' was killed by SIGKILL; what it had "
            "read may be lost");
}

TEST(CommandDestination, CommandThatIsNotThere) {
  const auto destination = opened("|exec 2>/dev/null; nonexistent-command");
  const std::string message = failure(destination->close());
  EXPECT_EQ(message,
            "the command of -o '|exec 2>/dev/null; nonexistent-command' could not be run (status "
            "127); check its name and its permissions");
}

TEST(CommandDestination, ItsOwnStatusIsOnlyNoticed) {
  const auto destination = opened("|grep nothing-like-it");
  destination->append("text\n");
  EXPECT_TRUE(destination->close().ok());
  EXPECT_EQ(destination->notice(), "the command of -o '|grep nothing-like-it' exited with 1");
}

TEST(CommandDestination, HasSigpipeCleanMaskAndNoCtrlC) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t some, before;
  sigemptyset(&some);
  sigaddset(&some, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &some, &before);
  ScratchFile file;
  const auto destination = opened("|grep -E '^Sig(Blk|Ign)' /proc/self/status >" + file.path());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(destination->close().ok());
  const std::string text = file.text();
  EXPECT_NE(text.find("SigBlk:\t0000000000000000"), std::string::npos) << text;
  const auto ignored = std::stoull(text.substr(text.find("SigIgn:") + 7), nullptr, 16);
  EXPECT_EQ(ignored & 1ull << (SIGPIPE - 1), 0u);
  EXPECT_NE(ignored & 1ull << (SIGINT - 1), 0u);
}

TEST(CommandDestination, LeavesOurSigintAsItWas) {
  signal(SIGINT, SIG_DFL);
  opened("|cat >/dev/null");
  struct sigaction now {};
  sigaction(SIGINT, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

/// A pipe that nobody reads.
class BrokenPipe : public testing::Test {
 protected:
  BrokenPipe() {
    EXPECT_EQ(pipe(ends_), 0);
    ::close(ends_[0]);
  }
  ~BrokenPipe() override { ::close(ends_[1]); }
  int fd() const { return ends_[1]; }

 private:
  int ends_[2];
};

TEST_F(BrokenPipe, RaisesNothing) {
  signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(quiet_write(fd(), "text"), EPIPE);
  sigset_t pending, mask;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGPIPE), 0);
}

TEST(QuietWrite, WaitsForANonBlockingReader) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  fcntl(ends[1], F_SETPIPE_SZ, 4096);
  pthread_t reader;
  pthread_create(
      &reader, nullptr,
      [](void* from) -> void* {
        char buffer[1000];
        std::size_t total = 0;
        while (total < 100'000) {
          const ssize_t count = ::read(*static_cast<int*>(from), buffer, sizeof buffer);
          if (count > 0) total += static_cast<std::size_t>(count);
        }
        return nullptr;
      },
      ends);
  EXPECT_EQ(quiet_write(ends[1], std::string(100'000, 'x')), 0);
  pthread_join(reader, nullptr);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace sidestep::output
