#include "apps/mi_output.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "analysis/conventions.h"
#include "apps/console.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;
using Text = std::string;

/// Appends formatted text.
template <class... Args>
void put(Text& text, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
}

Json to_json(const JointEstimate& estimate) {
  return {{"h_t_bits", estimate.h_t_bits},
          {"h_y_bits", estimate.h_y_bits},
          {"h_ty_bits", estimate.h_ty_bits},
          {"i_xt_bits", estimate.i_xt_bits()},
          {"i_ty_bits", estimate.i_ty_bits()}};
}

Json to_json(const std::string& convention, const MiResult& result) {
  const Information& info = result.information;
  Json json{{"convention", convention},
            {"n", info.rows},
            {"rejected", info.rejected},
            {"classes", info.classes},
            {"bins", info.bins},
            {"symbols", info.symbols},
            {"singletons", info.singletons},
            {"coverage", result.reliability.coverage},
            {"h_t_bits", info.h_t_bits},
            {"h_y_bits", info.h_y_bits},
            {"i_xt_bits", info.i_xt_bits},
            {"i_ty_bits", info.i_ty_bits},
            {"i_xt_ceiling_bits", info.i_xt_ceiling_bits},
            {"i_ty_bias_bits", result.reliability.i_ty_bias_bits},
            {"accuracy", info.accuracy},
            {"loss_nats", info.loss_nats}};
  if (result.layer) {
    json["units"] = result.layer->units;
    json["range"] = {result.layer->range.low, result.layer->range.high};
    json["range_found"] = result.layer->found;
    json["clamped"] = result.layer->clamped;
  }
  for (const auto& [estimator, estimate] : result.estimates) {
    json["estimators"][to_string(estimator)] = to_json(estimate);
  }
  if (result.null) {
    json["null"] = {{"repeats", result.null->repeats},
                    {"i_ty_mean_bits", result.null->i_ty_mean_bits},
                    {"i_ty_sd_bits", result.null->i_ty_sd_bits}};
  }
  json["per_class"] = Json::array();
  for (const ClassInformation& one : info.per_class) {
    json["per_class"].push_back({{"class", one.class_index},
                                 {"n", one.n},
                                 {"h_x_bits", one.h_x_bits},
                                 {"i_xt_bits", one.i_xt_bits},
                                 {"i_ty_bits", one.i_ty_bits},
                                 {"accuracy", one.accuracy}});
  }
  return json;
}

/// A value in a CSV: all its digits, or an empty cell.
Text cell(double value) { return std::isfinite(value) ? fmt::format("{}", value) : Text(); }

/// The same in a table for people; what does not exist is a dash.
Text column(double value, int width = 11) {
  return std::isfinite(value) ? fmt::format("{:>{}.6f}", value, width)
                              : fmt::format("{:>{}}", "-", width);
}

void put_estimates(Text& text, const std::vector<MiResult>& results) {
  if (results.front().estimates.empty()) {
    return;
  }
  put(text, "\nentropies by estimator, in bits; corrected values are printed as they come out\n");
  put(text, "{:>6} {:<16} {:>11} {:>11} {:>11} {:>11}\n", "bins", "estimator", "H(T)=I(X;T)",
      "H(Y)", "H(T,Y)", "I(T;Y)");
  for (const MiResult& result : results) {
    for (const auto& [estimator, estimate] : result.estimates) {
      put(text, "{:>6} {:<16} {} {} {} {}\n", result.information.bins, to_string(estimator),
          column(estimate.h_t_bits), column(estimate.h_y_bits), column(estimate.h_ty_bits),
          column(estimate.i_ty_bits()));
    }
  }
}

/// The lines that are the same for all numbers of bins.
void put_head(Text& text, const std::string& convention, const Information& info) {
  put(text, "rows        {}{}\n", info.rows,
      info.rejected > 0 ? fmt::format(", {} rejected", info.rejected) : Text());
  put(text, "convention  {}{}\n", convention,
      parse_convention(convention) == Convention::kIbCnn
          ? fmt::format(", information of the first {} rows, accuracy and loss of all", kIbCnnRows)
          : Text());
}

void put_layer(Text& text, const std::optional<LayerRange>& layer) {
  if (layer) {
    put(text, "units       {}, range [{}, {}]: {}\n", layer->units, layer->range.low,
        layer->range.high,
        layer->found     ? "the smallest and the largest value"
        : layer->clamped ? "values outside count in the end intervals"
                         : "values outside are rejected");
  }
}

void put_accuracy(Text& text, const Information& info) {
  if (std::isfinite(info.accuracy)) {
    put(text, "accuracy    {:9.6f}\n", info.accuracy);
    put(text, "loss        {:9.6f} nats\n", info.loss_nats);
  }
}

void put_classes(Text& text, const Information& info) {
  const bool accuracy = std::isfinite(info.accuracy);
  put(text, "\none class against the rest, each half the weight (H(Y) = 1 bit)\n");
  put(text, "{:>6} {:>10} {:>12} {:>12} {:>12}{}\n", "class", "rows", "H(X) bits", "I(X;T) bits",
      "I(T;Y) bits", accuracy ? "   accuracy" : "");
  for (const ClassInformation& one : info.per_class) {
    put(text, "{:>6} {:>10} {} {} {}{}\n", one.class_index, one.n, column(one.h_x_bits, 12),
        column(one.i_xt_bits, 12), column(one.i_ty_bits, 12),
        accuracy ? column(one.accuracy) : Text());
  }
}

Text page(const std::string& convention, const MiResult& result) {
  const Information& info = result.information;
  Text text;
  put_head(text, convention, info);
  put(text, "classes     {}, {} bins each\n", info.classes, info.bins);
  put_layer(text, result.layer);
  put(text, "symbols     {}, of them {} seen once: coverage {:.6f}\n", info.symbols,
      info.singletons, result.reliability.coverage);
  put(text, "I(X;T)      {:9.6f} bits  of at most {:.6f} (log2 N)\n", info.i_xt_bits,
      info.i_xt_ceiling_bits);
  put(text, "I(T;Y)      {:9.6f} bits  of at most {:.6f} (H(Y))\n", info.i_ty_bits, info.h_y_bits);
  put(text, "  bias      {:9.6f} bits  about, by the number of symbols\n",
      result.reliability.i_ty_bias_bits);
  if (result.null) {
    put(text, "  shuffled  {:9.6f} bits  +- {:.6f} when labels say nothing ({} repeats)\n",
        result.null->i_ty_mean_bits, result.null->i_ty_sd_bits, result.null->repeats);
  }
  put_accuracy(text, info);
  put_estimates(text, {result});
  put_classes(text, info);
  return text;
}

Text sweep(const std::string& convention, const std::vector<MiResult>& results) {
  const Information& first = results.front().information;
  const bool null = results.front().null.has_value();
  Text text;
  put_head(text, convention, first);
  put(text, "classes     {}\n", first.classes);
  put_layer(text, results.front().layer);
  put(text, "ceilings    {:9.6f} bits of I(X;T) (log2 N), {:.6f} bits of I(T;Y) (H(Y))\n",
      first.i_xt_ceiling_bits, first.h_y_bits);
  put_accuracy(text, first);
  put(text, "\n{:>6} {:>9} {:>10} {:>9} {:>11} {:>11} {:>11}{}\n", "bins", "symbols", "singletons",
      "coverage", "I(X;T) bits", "I(T;Y) bits", "bias, about",
      null ? fmt::format("  shuffled +- sd ({} repeats)", results.front().null->repeats) : Text());
  for (const MiResult& result : results) {
    const Information& info = result.information;
    put(text, "{:>6} {:>9} {:>10} {:>9.6f} {:>11.6f} {:>11.6f} {:>11.6f}{}\n", info.bins,
        info.symbols, info.singletons, result.reliability.coverage, info.i_xt_bits, info.i_ty_bits,
        result.reliability.i_ty_bias_bits,
        null ? fmt::format("  {:.6f} +- {:.6f}", result.null->i_ty_mean_bits,
                           result.null->i_ty_sd_bits)
             : Text());
  }
  put_estimates(text, results);
  return text;
}

}  // namespace

std::string mi_json(const std::string& convention, const std::vector<MiResult>& results) {
  if (results.size() == 1) {
    return json_text(to_json(convention, results.front()));
  }
  Json json{{"sweep", Json::array()}};
  for (const MiResult& result : results) {
    json["sweep"].push_back(to_json(convention, result));
  }
  return json_text(json);
}

std::string mi_csv(const std::string& convention, const std::vector<MiResult>& results) {
  Text text =
      "convention,bins,n,rejected,classes,symbols,singletons,coverage,h_t_bits,h_y_bits,i_xt_bits,"
      "i_ty_bits,i_xt_ceiling_bits,i_ty_bias_bits,accuracy,loss_nats";
  for (const auto& entry : results.front().estimates) {
    put(text, ",{0}_i_xt_bits,{0}_i_ty_bits", to_string(entry.first));
  }
  text += results.front().null ? ",null_repeats,null_i_ty_mean_bits,null_i_ty_sd_bits" : "";
  text += results.front().layer ? ",units,range_low,range_high\n" : "\n";
  for (const MiResult& result : results) {
    const Information& info = result.information;
    put(text, "{},{},{},{},{},{},{}", convention, info.bins, info.rows, info.rejected, info.classes,
        info.symbols, info.singletons);
    for (const double value : {result.reliability.coverage, info.h_t_bits, info.h_y_bits,
                               info.i_xt_bits, info.i_ty_bits, info.i_xt_ceiling_bits,
                               result.reliability.i_ty_bias_bits, info.accuracy, info.loss_nats}) {
      text += ',' + cell(value);
    }
    for (const auto& entry : result.estimates) {
      text += ',' + cell(entry.second.i_xt_bits()) + ',' + cell(entry.second.i_ty_bits());
    }
    if (result.null) {
      put(text, ",{},{},{}", result.null->repeats, cell(result.null->i_ty_mean_bits),
          cell(result.null->i_ty_sd_bits));
    }
    if (result.layer) {
      put(text, ",{},{},{}", result.layer->units, result.layer->range.low,
          result.layer->range.high);
    }
    text += '\n';
  }
  return text;
}

std::string mi_text(const std::string& convention, const std::vector<MiResult>& results) {
  return results.size() == 1 ? page(convention, results.front()) : sweep(convention, results);
}

}  // namespace infoplane::apps
