#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <unistd.h>

#include "report.hpp"

namespace sidestep::bench {
namespace {

using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void write(Writer& json, const char* key, const std::string& value) {
  json.Key(key);
  json.String(value.c_str(), static_cast<rapidjson::SizeType>(value.size()));
}

void write(Writer& json, const char* key, const std::optional<Spread>& spread) {
  json.Key(key);
  if (!spread) {
    json.Null();
    return;
  }
  json.StartObject();
  json.Key("median");
  json.Double(spread->median);
  json.Key("low");
  json.Double(spread->low);
  json.Key("high");
  json.Double(spread->high);
  json.EndObject();
}

void write_error(Writer& json, const std::string& error) {
  if (!error.empty()) write(json, "error", error);
}

void write(Writer& json, const Sample& sample) {
  json.StartObject();
  json.Key("hits");
  json.Uint64(sample.hits);
  json.Key("truth");
  json.Uint64(sample.truth);
  json.Key("seconds");
  json.Double(sample.seconds);
  write_error(json, sample.error);
  json.EndObject();
}

void write(Writer& json, const HotResult& one) {
  json.StartObject();
  write(json, "arm", one.arm);
  json.Key("threads");
  json.Uint(one.load.threads);
  write(json, "hits_per_s", one.rate);
  write(json, "us_per_hit", one.us_per_hit);
  write(json, "over_floor", one.over_floor);
  write(json, "tracer_us_per_hit", one.tracer_us);
  write(json, "slowdown", one.slowdown);
  json.Key("missed");
  json.Int64(one.missed);
  json.Key("truth");
  json.Uint64(one.truth);
  write_error(json, one.error);
  json.Key("samples");
  json.StartArray();
  for (const Sample& sample : one.samples) write(json, sample);
  json.EndArray();
  json.EndObject();
}

void write(Writer& json, const ServiceResult& one) {
  json.StartObject();
  write(json, "arm", one.arm);
  write(json, "requests_per_s", one.requests_per_s);
  write(json, "of_untraced", one.of_untraced);
  json.Key("eintr");
  json.Uint64(one.eintr);
  json.Key("bystander_stops");
  json.Uint64(one.bystander_stops);
  json.Key("hits");
  json.Uint64(one.hits);
  json.Key("missed");
  json.Int64(one.missed);
  write_error(json, one.error);
  json.EndObject();
}

template <typename Items>
void write_all(Writer& json, const char* key, const Items& items) {
  json.Key(key);
  json.StartArray();
  for (const auto& one : items) write(json, one);
  json.EndArray();
}

}  // namespace

std::string as_json(const Results& results) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("v");
  json.Int(1);
  json.Key("cpus");
  json.Int64(sysconf(_SC_NPROCESSORS_ONLN));
  write_all(json, "hot", results.hot);
  write_all(json, "service", results.service);
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + '\n';
}

}  // namespace sidestep::bench
