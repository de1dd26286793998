// A file in the temporary directory that is gone with its owner.
#pragma once

#include <string>

namespace sidestep::test {

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& contents = {});
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  std::string read() const;

 private:
  std::string path_;
};

}  // namespace sidestep::test
