#include "symbols/nearest.hpp"

#include <algorithm>

namespace sidestep::symbols {
namespace {

void fold(std::string_view text, std::string& out) {
  out.assign(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
}

constexpr std::size_t other_case = 0;   // costs, in half edits
constexpr std::size_t other_scope = 1;  // `handle` for `ns::Server::handle`
constexpr std::size_t other_end = 5;    // `process` for `processCommand`
constexpr std::size_t far = ~std::size_t{0};

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit,
                          std::vector<std::size_t> (&rows)[3]) {
  for (auto& row : rows) row.resize(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) rows[1][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t>&before = rows[0], &above = rows[1], &row = rows[2];
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > limit) return limit + 1;
    std::swap(before, above);
    std::swap(above, row);
  }
  return std::min(rows[1][b.size()], limit + 1);
}

NearestNames::NearestNames(std::string_view wanted, std::size_t count)
    : given_(wanted), count_(count) {
  fold(wanted, wanted_);
  std::erase_if(wanted_, [](char c) { return c == '*' || c == '?'; });
  limit_ = std::min<std::size_t>(4, (wanted_.size() + 1) / 4);  // a third would be another word
}

std::size_t NearestNames::cost(std::string_view name) {
  fold(name, folded_);
  if (folded_ == wanted_) return other_case;
  const std::size_t longer = folded_.size() - std::min(folded_.size(), wanted_.size());
  if (wanted_.size() >= 3 && longer > 0) {
    const bool last_part =
        folded_.ends_with(wanted_) && (folded_[longer - 1] == ':' || folded_[longer - 1] == '.');
    if (last_part) return other_scope;
    if (folded_.starts_with(wanted_)) return other_end + std::min<std::size_t>(longer / 4, 8);
  }
  const std::size_t difference = longer ? longer : wanted_.size() - folded_.size();
  if (difference > limit_) return far;
  const std::size_t edits = edit_distance(wanted_, folded_, limit_, rows_);
  return edits > limit_ ? far : 2 * edits;
}

void NearestNames::consider(std::string_view name) {
  if (wanted_.empty() || count_ == 0 || name == given_) return;
  const std::size_t cost_of_it = cost(name);
  if (cost_of_it == far) return;
  if (best_.size() == count_ && cost_of_it > best_.back().cost) return;
  Candidate candidate{cost_of_it, std::string(name)};
  const auto place = std::lower_bound(best_.begin(), best_.end(), candidate);
  if (place != best_.end() && *place == candidate) return;
  best_.insert(place, std::move(candidate));
  if (best_.size() > count_) best_.pop_back();
}

std::vector<std::string> NearestNames::take() && {
  std::vector<std::string> names;
  for (Candidate& c : best_) names.push_back(std::move(c.name));
  return names;
}

}  // namespace sidestep::symbols
