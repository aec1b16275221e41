#include "bench/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "core/error.h"

namespace infoplane::bench {
namespace {

using Json = nlohmann::ordered_json;

Json read(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) {
    throw DataError(file + ": cannot be read; write one with `infoplane bench mi --json FILE`");
  }
  try {
    Json json = Json::parse(stream);
    for (const Json& result : json.at("results")) {
      for (const auto& [name, time] : result.at("seconds").items()) {
        compare_times(time, time);
      }
      result.at("config");
      result.at("machine").get<std::string>();
    }
    json.at("benchmark").get<std::string>();
    return json;
  } catch (const Json::exception& error) {
    throw DataError(file + ": not written by `infoplane bench`: " + error.what());
  }
}

std::string text_of(const Json& config) {
  std::string text;
  for (const auto& [key, value] : config.items()) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", key,
                        value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

const Json* find(const Json& results, const Json& config) {
  for (const Json& result : results) {
    if (result.at("config") == config) {
      return &result;
    }
  }
  return nullptr;
}

bool close(double a, double b) { return std::max(a, b) / std::min(a, b) - 1.0 <= kSameWithin; }

/// The configuration of a result with one of its times, before it is known what the other has.
Comparison begun(const Json& result, const std::string& time, Verdict verdict) {
  Comparison one;
  one.config = text_of(result.at("config"));
  one.time = time;
  one.verdict = verdict;
  return one;
}

/// Each time of `a`, a result of the first file, against the same one of `b` of the second, if that
/// has it.
void compare_results(const Json& a, const Json* b, std::vector<Comparison>& out) {
  for (const auto& [name, time] : a.at("seconds").items()) {
    Comparison one = begun(a, name, Verdict::kOnlyInA);
    one.a_min_s = time.at("min").get<double>();
    one.a_median_s = time.at("median").get<double>();
    if (b != nullptr && b->at("seconds").contains(name)) {
      if (a.at("machine") != b->at("machine")) {
        one.machines =
            a.at("machine").get<std::string>() + " against " + b->at("machine").get<std::string>();
      }
      const Json& other = b->at("seconds").at(name);
      one.b_min_s = other.at("min").get<double>();
      one.b_median_s = other.at("median").get<double>();
      one.verdict = compare_times(time, other);
    }
    out.push_back(one);
  }
}

/// The times of `b` that `a`, if there is one, has not.
void list_others(const Json& b, const Json* a, std::vector<Comparison>& out) {
  for (const auto& [name, time] : b.at("seconds").items()) {
    if (a == nullptr || !a->at("seconds").contains(name)) {
      Comparison one = begun(b, name, Verdict::kOnlyInB);
      one.b_min_s = time.at("min").get<double>();
      one.b_median_s = time.at("median").get<double>();
      out.push_back(one);
    }
  }
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame: return "same";
    case Verdict::kFaster: return "faster";
    case Verdict::kSlower: return "slower";
    case Verdict::kUnclear: return "unclear";
    case Verdict::kOnlyInA: return "only in A";
    case Verdict::kOnlyInB: return "only in B";
  }
  return "unclear";
}

Verdict compare_times(const Json& a, const Json& b) {
  const double a_min = a.at("min").get<double>();
  const double b_min = b.at("min").get<double>();
  const double a_upper = a.at("upper_quartile").get<double>();
  const double b_upper = b.at("upper_quartile").get<double>();
  if (close(a_min, b_min) && close(a.at("median").get<double>(), b.at("median").get<double>())) {
    return Verdict::kSame;
  }
  if (b_upper < a_min) {
    return Verdict::kFaster;
  }
  return a_upper < b_min ? Verdict::kSlower : Verdict::kUnclear;
}

std::vector<Comparison> compare_files(const std::string& file_a, const std::string& file_b) {
  const Json a = read(file_a);
  const Json b = read(file_b);
  if (a.at("benchmark") != b.at("benchmark")) {
    throw DataError(fmt::format("{} holds a benchmark of {}, {} one of {}; compare like with like",
                                file_a, a.at("benchmark").dump(), file_b,
                                b.at("benchmark").dump()));
  }
  std::vector<Comparison> comparisons;
  for (const Json& result : a.at("results")) {
    compare_results(result, find(b.at("results"), result.at("config")), comparisons);
  }
  for (const Json& result : b.at("results")) {
    list_others(result, find(a.at("results"), result.at("config")), comparisons);
  }
  return comparisons;
}

Json to_json(const Comparison& comparison) {
  const auto number = [](const std::optional<double>& seconds) {
    return seconds ? Json(*seconds) : Json();
  };
  return {{"config", comparison.config},
          {"time", comparison.time},
          {"a_min", number(comparison.a_min_s)},
          {"b_min", number(comparison.b_min_s)},
          {"a_median", number(comparison.a_median_s)},
          {"b_median", number(comparison.b_median_s)},
          {"verdict", to_string(comparison.verdict)},
          {"machines", comparison.machines}};
}

}  // namespace infoplane::bench
