// Parts of the lines of arrivals and returns that many of them have in common, written once: what
// is said of a thread, and of a site and a probe. Each is kept at a place that its number gives,
// until another needs that place, so that memory is bounded however many there are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/json_keys.hpp"
#include "output/json_line.hpp"
#include "sidestep/events.hpp"

namespace sidestep::output {

/// The members by which a site is told.
void write_site(JsonLine& line, const SiteInfo& site);

class JsonPieces {
 public:
  /// Members for JsonLine: `pid`, `tid`, `comm`.
  std::string_view thread(Pid pid, Tid tid, std::string_view comm);

  struct Place {
    std::string members;  ///< `probe` and the site's
    JsonKeys arguments;
  };
  /// `spec`: the probe's. The same as long as the probe is, until forget(). A site without a number
  /// may change from call to call.
  Place& place(const SiteInfo& site, ProbeId probe, std::string_view spec);

  /// Sites and probes of another session have the numbers of the one before.
  void forget();

 private:
  struct Thread {
    Pid pid;
    Tid tid;
    std::string comm;
    std::string members;  ///< "": nothing is kept here
  };
  struct Kept {
    const SiteInfo* site =
        nullptr;  ///< events promise that it stays; nullptr: nothing is kept here
    ProbeId probe{};
    Place place;
  };

  static constexpr std::size_t threads = 256, places = 1024;
  std::vector<Thread> threads_{threads};
  std::vector<Kept> places_{places};
};

}  // namespace sidestep::output
