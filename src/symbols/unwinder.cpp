#include "symbols/unwinder.hpp"

#include <unordered_map>

#include "symbols/code_space.hpp"
#include "symbols/stack_walk.hpp"

namespace sidestep::symbols {
namespace {

class CfiUnwinder : public core::Unwinder {
 public:
  void set_modules(Pid process, std::span<const core::Mapping> mappings,
                   std::span<const core::Module> modules) override {
    spaces_[process].set(mappings, modules);
  }

  void forget(Pid process) override { spaces_.erase(process); }

  void unwind(Pid process, const std::function<std::uint64_t(unsigned)>& value, const Read& read,
              std::size_t most, std::vector<Address>& frames) override {
    frames.clear();
    if (most == 0) return;
    memory_.begin(read);
    StackWalk walk(spaces_[process], files_, memory_, value);
    frames.push_back(walk.pc());
    while (frames.size() < most && walk.step()) frames.push_back(walk.pc());
  }

 private:
  CallFrameFiles files_;
  std::unordered_map<Pid, CodeSpace> spaces_;
  StackMemory memory_;
};

}  // namespace

std::unique_ptr<core::Unwinder> make_unwinder() {
  return std::make_unique<CfiUnwinder>();
}

}  // namespace sidestep::symbols
