// The Output that the face promises: one format, its destination, the table and the account.
// To add a format: one sink, one line in make_format().
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "output/account.hpp"
#include "output/bytes.hpp"
#include "output/destination.hpp"
#include "output/jsonl.hpp"
#include "output/palette.hpp"
#include "output/table.hpp"
#include "output/text.hpp"
#include "sidestep/output.hpp"

namespace sidestep {
namespace output {
namespace {

std::unique_ptr<EventSink> make_format(const OutputOptions& options, Destination& destination) {
  switch (options.format) {
    case Format::Text:
      return std::make_unique<TextSink>(options, destination);
    case Format::Jsonl:
      return std::make_unique<JsonlSink>(options, destination);
  }
  return nullptr;
}

class StandardOutput : public Output {
 public:
  StandardOutput(const OutputOptions& options, std::unique_ptr<Destination> destination)
      : options_(options),
        destination_(std::move(destination)),
        // One object for one stream, so that lines keep their order.
        own_account_(options.destination.empty() ? nullptr : Destination::standard_error()),
        format_(make_format(options, *destination_)) {}

  void write(const Event& event) override {
    if (wanted(event)) format_->write(event);
    if (const auto* start = std::get_if<StartEvent>(&event)) tell(start->notes);
    if (const auto* summary = std::get_if<Summary>(&event)) add_up(*summary);
  }

  Result<void> flush() override {
    Result<void> result = destination_->flush();
    if (own_account_) static_cast<void>(own_account_->flush());
    if (!result) reported_ = true;
    return result;
  }

  Result<void> close() override {
    Result<void> result = destination_->close();
    if (reported_) return {};
    if (!result) reported_ = true;
    return result;
  }

  Result<void> write_account() override {
    if (!summary_ || options_.quiet == Quiet::Account) return {};
    Destination& stream = account_stream();
    stream.append(account(*summary_));
    Result<void> result = stream.flush();
    if (reported_) return {};
    return result;
  }

  std::string notice() const override { return destination_->notice(); }

 private:
  /// To whoever sits at the terminal, wherever the events go, but not among records.
  void tell(const std::vector<std::string>& notes) {
    const bool records = options_.format == Format::Jsonl && !own_account_;
    if (options_.quiet != Quiet::No || records) return;
    Destination& stream = account_stream();
    const Palette palette = choose_palette(options_.color, stream);
    for (const std::string& note : notes)
      stream.append(
          fmt::format("{}--- {} ---{}\n", palette.notice, printable(note), palette.reset));
  }

  /// With -c text leaves out the events, yet not the gaps: they qualify the counts. (In JSON Lines
  /// -c is the summary record and nothing else, which the format itself sees to.)
  bool wanted(const Event& event) const {
    return options_.summary != SummaryTable::Only || options_.format != Format::Text ||
           std::holds_alternative<GapEvent>(event);
  }

  void add_up(const Summary& summary) {
    if (options_.format == Format::Text && options_.summary != SummaryTable::None) {
      destination_->append(summary_table(summary, options_.verbosity));
    }
    if (!summary.interim) {
      summary_ = summary;
    } else if (options_.quiet != Quiet::Account) {
      account_stream().append(account(summary));
    }
  }

  Destination& account_stream() { return own_account_ ? *own_account_ : *destination_; }

  OutputOptions options_;
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<Destination> own_account_;  ///< null: the destination is standard error itself
  std::unique_ptr<EventSink> format_;
  std::optional<Summary> summary_;
  bool reported_ = false;
};

}  // namespace
}  // namespace output

Result<std::unique_ptr<Output>> make_sink(const OutputOptions& options) {
  auto destination = output::Destination::open(options.destination);
  if (!destination) return std::move(destination).error();
  std::unique_ptr<Output> made =
      std::make_unique<output::StandardOutput>(options, *std::move(destination));
  return made;
}

}  // namespace sidestep
