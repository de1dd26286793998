// The Output as a whole: which stream gets what, and in which order.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "samples.hpp"
#include "sidestep/output.hpp"

namespace sidestep::output {
namespace {

/// Standard error goes to a file meanwhile.
class StandardError {
 public:
  StandardError() : before_(dup(STDERR_FILENO)) { redirect(file_.path().c_str()); }
  ~StandardError() {
    dup2(before_, STDERR_FILENO);
    close(before_);
  }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;

  static void redirect(const char* path) {
    const int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, STDERR_FILENO);
    close(file);
  }
  std::string text() const { return file_.text(); }

 private:
  ScratchFile file_;
  int before_;
};

const std::string kAccount =
    "--- 160000 hits, 160000 completed, 0 missed, 0 lost; 0 bystander stops; 3.1 us/hit ---\n";

OutputOptions plain() {
  OutputOptions options;
  options.color = Color::Never;
  return options;
}

struct Streams {
  std::string events, error;
};

/// Hit, exit, summary, through all of an Output's life. `to_file`: with -o.
Streams run(OutputOptions options, bool to_file) {
  StandardError error;
  ScratchFile file;
  if (to_file) options.destination = file.path();
  auto output = make_sink(options);
  EXPECT_TRUE(output.ok());
  for (const Event& event : {Event(hit_event(0)), Event(gap_event("why")), Event(summary())}) {
    (*output)->write(event);
  }
  EXPECT_TRUE((*output)->flush().ok());
  EXPECT_TRUE((*output)->close().ok());
  EXPECT_TRUE((*output)->write_account().ok());
  return {to_file ? file.text() : "", error.text()};
}

TEST(MakeSink, EventsAndAccountOnStandardError) {
  EXPECT_EQ(run(plain(), false).error,
            "[pid 4711 worker-3] malloc()\n[pid 4700] --- gap: why ---\n" + kAccount);
}

TEST(MakeSink, EventsInAFileAccountOnStandardError) {
  const Streams streams = run(plain(), true);
  EXPECT_EQ(streams.events, "[pid 4711 worker-3] malloc()\n[pid 4700] --- gap: why ---\n");
  EXPECT_EQ(streams.error, kAccount);
}

/// What a start with a note puts where.
Streams noted(OutputOptions options, bool to_file) {
  StandardError error;
  ScratchFile file;
  if (to_file) options.destination = file.path();
  auto output = make_sink(options);
  EXPECT_TRUE(output.ok());
  StartEvent start = start_event();
  start.notes = {"a.c:7 has no code\n"};
  (*output)->write(start);
  EXPECT_TRUE((*output)->flush().ok());
  EXPECT_TRUE((*output)->close().ok());
  return {to_file ? file.text() : "", error.text()};
}

TEST(MakeSink, NotesGoToTheUserWhereverTheEventsGo) {
  const std::string sites = "--- /./: 3 sites ---\n", note = "--- a.c:7 has no code\\n ---\n";
  EXPECT_EQ(noted(plain(), false).error, sites + note);
  EXPECT_EQ(noted(plain(), true).error, note);
  EXPECT_EQ(noted(plain(), true).events, sites);
  OutputOptions counted = plain();
  counted.summary = SummaryTable::Only;
  EXPECT_EQ(noted(counted, false).error, note);
  OutputOptions quiet = plain();
  quiet.quiet = Quiet::Notices;
  EXPECT_EQ(noted(quiet, false).error, "");
}

TEST(MakeSink, NotesAmongRecordsArePartOfTheStart) {
  OutputOptions options = plain();
  options.format = Format::Jsonl;
  const std::string records = noted(options, false).error;
  EXPECT_EQ(records.find("---"), std::string::npos) << records;
  EXPECT_NE(records.find(R"("notes":["a.c:7 has no code\n"])"), std::string::npos) << records;
  EXPECT_EQ(noted(options, true).error, "--- a.c:7 has no code\\n ---\n");
}

TEST(MakeSink, VeryQuiet) {
  OutputOptions options = plain();
  options.quiet = Quiet::Account;
  EXPECT_EQ(run(options, true).error, "");
}

TEST(MakeSink, TableOnlyKeepsGaps) {
  OutputOptions options = plain();
  options.summary = SummaryTable::Only;
  const std::string events = run(options, true).events;
  EXPECT_TRUE(events.starts_with("[pid 4700] --- gap: why ---\n% hits")) << events;
  EXPECT_NE(events.find("100.00    160000     1 target"), std::string::npos) << events;
}

TEST(MakeSink, TableToo) {
  OutputOptions options = plain();
  options.summary = SummaryTable::Also;
  const std::string events = run(options, true).events;
  EXPECT_TRUE(events.starts_with("[pid 4711 worker-3] malloc()\n")) << events;
  EXPECT_NE(events.find("% hits"), std::string::npos);
}

TEST(MakeSink, JsonlNeverHasATable) {
  OutputOptions options = plain();
  options.format = Format::Jsonl;
  options.summary = SummaryTable::Only;
  const std::string events = run(options, true).events;
  EXPECT_TRUE(events.starts_with("{\"v\":1,\"type\":\"summary\",")) << events;
  EXPECT_EQ(std::count(events.begin(), events.end(), '\n'), 1);
}

TEST(MakeSink, InterimAccountComesAtOnce) {
  StandardError error;
  ScratchFile file;
  OutputOptions options = plain();
  options.destination = file.path();
  options.summary = SummaryTable::Only;
  auto output = *make_sink(options);
  Summary interim = summary();
  interim.interim = true;
  output->write(interim);
  ASSERT_TRUE(output->flush().ok());
  EXPECT_EQ(error.text(), "--- so far: " + kAccount.substr(4));
  EXPECT_TRUE(file.text().starts_with("% hits"));
  ASSERT_TRUE(output->close().ok());
  ASSERT_TRUE(output->write_account().ok());
  EXPECT_EQ(error.text(), "--- so far: " + kAccount.substr(4)) << "no final summary, no account";
}

TEST(MakeSink, AnErrorIsReportedOnceAndTheAccountStillGiven) {
  StandardError error;
  OutputOptions options = plain();
  options.destination = "/dev/full";
  auto output = *make_sink(options);
  output->write(hit_event(0));
  const auto flushed = output->flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_EQ(flushed.error().kind, ErrorKind::Setup);
  output->write(summary());
  EXPECT_TRUE(output->close().ok()) << "was reported";
  EXPECT_TRUE(output->write_account().ok());
  EXPECT_EQ(error.text(), kAccount);
}

TEST(MakeSink, AnErrorThatOnlyCloseSees) {
  OutputOptions options = plain();
  options.destination = "/dev/full";
  auto output = *make_sink(options);
  output->write(hit_event(0));
  EXPECT_FALSE(output->close().ok());
}

TEST(MakeSink, FullStandardError) {
  StandardError error;
  StandardError::redirect("/dev/full");
  auto output = *make_sink(plain());
  output->write(hit_event(0));
  const auto flushed = output->flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_EQ(flushed.error().message,
            "cannot write to standard error: No space left on device; make room, or write "
            "elsewhere with -o");
}

TEST(MakeSink, UnwritableDestination) {
  OutputOptions options = plain();
  options.destination = "/nonexistent/x";
  const auto output = make_sink(options);
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().kind, ErrorKind::Setup);
}

TEST(MakeSink, NoticeOfACommand) {
  OutputOptions options = plain();
  options.destination = "|cat >/dev/null; exit 4";
  auto output = *make_sink(options);
  output->write(hit_event(0));
  EXPECT_TRUE(output->close().ok());
  EXPECT_EQ(output->notice(), "the command of -o '|cat >/dev/null; exit 4' exited with 4");
}

}  // namespace
}  // namespace sidestep::output
