#include "paper/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace infoplane::paper {
namespace {

bool is_epoch(Quantity quantity) {
  return quantity == Quantity::kTransitionEpoch || quantity == Quantity::kConvergenceEpoch;
}

bool is_the_same_under_readings(Quantity quantity) {
  return is_epoch(quantity) || quantity == Quantity::kTransitionAccuracy ||
         quantity == Quantity::kConvergenceAccuracy;
}

std::string number(Quantity quantity, double value) {
  if (!std::isfinite(value)) {
    return "none";
  }
  return fmt::format("{:.{}f}", value, is_epoch(quantity) && value >= 1.0 ? 1 : 3);
}

std::string paper_text(const Cell& cell) {
  return cell.paper ? number(cell.quantity, *cell.paper) : "";
}

/// The mean, and its interval where there are several seeds.
std::string ours_text(const Cell& cell) {
  if (cell.seeds.empty()) {
    return "not run";
  }
  std::string text = number(cell.quantity, cell.mean());
  if (std::isfinite(cell.half_width())) {
    text += " ± " + number(cell.quantity, cell.half_width());
  }
  return text;
}

std::string reading_text(const Cell& cell, const std::string& reading) {
  const std::optional<double> value = cell.reading(reading);
  return value ? number(cell.quantity, *value) : "";
}

std::string count_text(double count) {
  return std::isfinite(count) ? fmt::format("{:.0f}", count) : "";
}

std::string range_text(Quantity quantity, double low, double high) {
  return std::isfinite(low) ? number(quantity, low) + " to " + number(quantity, high) : "";
}

/// The verdict of the claim that a number supports.
std::string claim_text(const Cell& cell, const std::vector<Claim>& claims) {
  // Table 5 repeats Table 2's percentages.
  const std::string item = cell.item == "table5" ? "table2" : cell.item;
  const auto found = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
    return claim.item == item && claim.row == cell.row && claim.quantity == cell.quantity;
  });
  return found == claims.end() ? "" : to_string(found->verdict());
}

/// Without the columns that are empty in every row.
TextTable without_empty_columns(const TextTable& table) {
  TextTable less{
      table.name, table.title, {}, std::vector<std::vector<std::string>>(table.rows.size())};
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (std::all_of(table.rows.begin(), table.rows.end(),
                    [c](const std::vector<std::string>& row) { return row[c].empty(); })) {
      continue;
    }
    less.columns.push_back(table.columns[c]);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      less.rows[r].push_back(table.rows[r][c]);
    }
  }
  return less;
}

std::string interval_text(const Claim& claim) {
  const Effect& effect = *claim.effect;
  return std::isfinite(effect.low)
             ? fmt::format("{:+.3f} to {:+.3f}, {}", effect.low, effect.high, claim.interval)
             : claim.interval;
}

TextTable percentages(const Item& item, const std::vector<Cell>& cells,
                      const std::vector<Claim>& claims, const std::string& why_not) {
  TextTable table{
      item.name,
      item.title,
      {"row", "quantity", "paper", "ours", "95%", "seeds", "ib_cnn", "shuffled", "less shuffled",
       "moved, 95%", "one turn", "samples", "inversions", "shuffled inversions", "number", "claim"},
      {}};
  for (const Cell& cell : cells) {
    const bool is_percentage = cell.quantity == Quantity::kPercentage && !cell.seeds.empty();
    table.rows.push_back(
        {cell.row, to_string(cell.quantity), paper_text(cell), ours_text(cell),
         range_text(cell.quantity, cell.low, cell.high),
         cell.seeds.empty() ? "" : std::to_string(cell.numbers().size()),
         reading_text(cell, "ib_cnn"), reading_text(cell, "shuffled_labels"),
         cell.shuffled_inversions > 0.0 ? number(cell.quantity, cell.less_shuffled) : "",
         range_text(cell.quantity, cell.moved_low, cell.moved_high),
         is_percentage ? number(cell.quantity, cell.one_turn) : "",
         is_percentage ? std::to_string(cell.samples) : "", count_text(cell.inversions),
         cell.shuffled_inversions > 0.0 ? count_text(cell.shuffled_inversions) : "",
         cell.seeds.empty() ? cell.not_run : number_verdict(cell, why_not).text,
         claim_text(cell, claims)});
  }
  return without_empty_columns(table);
}

/// Four cells a row: I(T;Y), I(X;T), epoch and accuracy at the end.
TextTable growth(const Item& item, const std::vector<Cell>& cells) {
  TextTable table{
      item.name,
      item.title,
      {"row", "N", "log2 N", "log2 symbols", "I(X;T) bit", "of the lesser", "H(Y)", "I(T;Y) bit",
       "grassberger2003", "chao_shen", "shuffled", "symbols", "coverage", "accuracy"},
      {}};
  constexpr std::size_t kFields = 4;
  for (std::size_t first = 0; first + kFields <= cells.size(); first += kFields) {
    const Cell& i_ty = cells[first];
    const Cell& i_xt = cells[first + 1];
    if (i_ty.seeds.empty()) {
      std::vector<std::string> row(table.columns.size());
      row[0] = i_ty.row;
      row[1] = "not run: " + i_ty.not_run;
      table.rows.push_back(std::move(row));
      continue;
    }
    const auto n = static_cast<double>(i_xt.n);
    const double ceiling = std::fmin(std::log2(n), i_xt.symbol_bits);
    table.rows.push_back({i_ty.row, std::to_string(i_xt.n), fmt::format("{:.3f}", std::log2(n)),
                          fmt::format("{:.3f}", i_xt.symbol_bits), ours_text(i_xt),
                          fmt::format("{:.3f}", i_xt.mean() / ceiling),
                          fmt::format("{:.3f}", i_xt.h_y_bits), ours_text(i_ty),
                          reading_text(i_ty, "grassberger2003"), reading_text(i_ty, "chao_shen"),
                          reading_text(i_ty, "shuffled_labels"), count_text(i_xt.symbols),
                          fmt::format("{:.3f}", i_xt.coverage), ours_text(cells[first + 3])});
  }
  return table;
}

/// How many phases: ours, by the runs, and the paper's, two when its path ends after its
/// transition.
std::string phases_text(const Cell& transition) {
  if (transition.seeds.empty()) {
    return "";
  }
  std::string text = transition.two_phases == 0 ? "one" : "two";
  if (transition.two_phases > 0 && transition.two_phases < transition.runs) {
    text += fmt::format(" in {} of {}", transition.two_phases, transition.runs);
  }
  if (const std::optional<bool> two = published_two_phases(transition.row)) {
    text += *two ? " (two)" : " (one)";
  }
  return text;
}

/// How many of a point's numbers agree or are near, and which do not; or why none is compared.
std::string agreement_text(const std::vector<Cell>& point, const std::string& why_not) {
  constexpr const char* kShort[] = {"I(T;Y)", "I(X;T)", "epoch", "accuracy"};
  int agree = 0;
  int compared = 0;
  std::string others;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const NumberVerdict verdict = number_verdict(point[i], why_not);
    if (verdict.kind == NumberVerdict::kNotCompared) {
      continue;
    }
    ++compared;
    if (verdict.kind == NumberVerdict::kAgrees || verdict.kind == NumberVerdict::kNear) {
      ++agree;
    } else {
      others += verdict.kind == NumberVerdict::kDiffers
                    ? fmt::format("; {} {:+.3g}", kShort[i], point[i].mean() - *point[i].paper)
                    : fmt::format("; {} {}", kShort[i], verdict.text);
    }
  }
  return compared > 0 ? fmt::format("{} of {}{}", agree, compared, others)
                      : number_verdict(point.front(), why_not).text;
}

/// Cells come four of the transition point, then four of the convergence point.
TextTable points(const Item& item, const std::vector<Cell>& cells, const std::string& why_not) {
  TextTable table{
      item.name,
      item.title + "; ours (the paper's)",
      {"row", "point", "I(T;Y) bit", "I(X;T) bit", "epoch", "accuracy", "I(T;Y), ib_cnn",
       "I(X;T), ib_cnn", "I(T;Y), shuffled", "seeds", "phases", "numbers that agree or are near"},
      {}};
  constexpr std::size_t kFields = 4;
  constexpr std::size_t kEpoch = 2;  // the place of the epoch among them
  for (std::size_t first = 0; first + kFields <= cells.size(); first += kFields) {
    const bool at_end = cells[first].quantity == Quantity::kConvergenceIty;
    std::vector<std::string> row{cells[first].row, at_end ? "convergence" : "transition"};
    for (std::size_t i = first; i < first + kFields; ++i) {
      const std::string paper = paper_text(cells[i]);
      row.push_back(ours_text(cells[i]) + (paper.empty() ? "" : " (" + paper + ")"));
    }
    row.push_back(reading_text(cells[first], "ib_cnn"));
    row.push_back(reading_text(cells[first + 1], "ib_cnn"));
    row.push_back(reading_text(cells[first], "shuffled_labels"));
    row.push_back(cells[first].seeds.empty() ? "" : std::to_string(cells[first].seeds.size()));
    row.push_back(at_end ? phases_text(cells[first - kFields + kEpoch]) : "");
    row.push_back(
        cells[first].seeds.empty()
            ? cells[first].not_run
            : agreement_text({cells.begin() + static_cast<std::ptrdiff_t>(first),
                              cells.begin() + static_cast<std::ptrdiff_t>(first + kFields)},
                             why_not));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string csv_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.9g}", value) : "";
}

/// Text as one cell of a file whose cells have neither quotes nor commas (report/csv_table.h).
std::string csv_text(std::string text) {
  std::replace(text.begin(), text.end(), ',', ';');
  return text;
}

}  // namespace

TextTable table_of(const Item& item, const std::vector<Cell>& cells,
                   const std::vector<Claim>& claims, const std::string& why_not) {
  if (item.name == "classes") {
    return growth(item, cells);
  }
  return item.name == "table4" ? points(item, cells, why_not)
                               : percentages(item, cells, claims, why_not);
}

TextTable table_of(const std::vector<Claim>& claims, const std::string& why_not) {
  TextTable table{"claims",
                  "what the paper says, held against these runs" +
                      (why_not.empty() ? "" : ", which are not the paper's: " + why_not),
                  {"section", "claim", "verdict", "effect", "interval", "measure", "detail"},
                  {}};
  for (const Claim& claim : claims) {
    table.rows.push_back({claim.section, claim.statement, to_string(claim.verdict()),
                          claim.effect ? fmt::format("{:+.3f}", claim.effect->value) : "",
                          claim.effect ? interval_text(claim) : "", claim.measure, claim.detail});
  }
  return table;
}

TextTable forensics_of(const std::vector<Cell>& cells, const std::string& why_not) {
  TextTable table{
      "forensics", "every cell with one thing changed at a time", {"cell", "paper", "ours"}, {}};
  const std::vector<std::string>& names = other_readings();
  table.columns.insert(table.columns.end(), names.begin(), names.end());
  table.columns.insert(table.columns.end(), {"over seeds", "nearest to the paper"});
  for (const Cell& cell : cells) {
    if (cell.readings.empty() || is_the_same_under_readings(cell.quantity)) {
      continue;
    }
    std::vector<std::string> row{cell.item + " " + cell.row + ", " + to_string(cell.quantity),
                                 paper_text(cell), number(cell.quantity, cell.mean())};
    const bool is_compared = number_verdict(cell, why_not).kind != NumberVerdict::kNotCompared;
    std::string nearest = is_compared ? "ours" : "";
    double least = is_compared ? std::abs(cell.mean() - *cell.paper) : 0.0;
    for (const std::string& name : names) {
      row.push_back(reading_text(cell, name));
      const std::optional<double> value = cell.reading(name);
      // Without the labels there is nothing of the paper's to come near to.
      if (is_compared && value && name != "shuffled_labels") {
        const double distance = std::abs(*value - *cell.paper);
        if (distance < least) {
          least = distance;
          nearest = name;
        }
      }
    }
    const std::vector<double> seeds = cell.numbers();
    const auto [low, high] = std::minmax_element(seeds.begin(), seeds.end());
    row.push_back(seeds.size() > 1 ? range_text(cell.quantity, *low, *high) : "");
    row.push_back(nearest);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string cells_csv(const std::vector<Cell>& cells, const std::string& why_not) {
  std::string text =
      "item,row,quantity,paper,ours,half_width,seeds,low,high,samples,inversions,"
      "shuffled_inversions,less_shuffled,moved_low,moved_high,one_turn";
  const std::vector<std::string>& names = other_readings();
  for (const std::string& name : names) {
    text += "," + name;
  }
  text += ",number,not_run\n";
  for (const Cell& cell : cells) {
    const bool counted = cell.quantity == Quantity::kPercentage && !cell.seeds.empty();
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", cell.item,
                        csv_text(cell.row), to_string(cell.quantity),
                        csv_number(cell.paper.value_or(Cell::kNone)), csv_number(cell.mean()),
                        csv_number(cell.half_width()), cell.numbers().size(), csv_number(cell.low),
                        csv_number(cell.high), counted ? std::to_string(cell.samples) : "",
                        csv_number(cell.inversions), csv_number(cell.shuffled_inversions),
                        csv_number(cell.less_shuffled), csv_number(cell.moved_low),
                        csv_number(cell.moved_high), csv_number(cell.one_turn));
    for (const std::string& name : names) {
      text += "," + csv_number(cell.reading(name).value_or(Cell::kNone));
    }
    text +=
        "," + csv_text(number_verdict(cell, why_not).text) + "," + csv_text(cell.not_run) + "\n";
  }
  return text;
}

std::string claims_csv(const std::vector<Claim>& claims, const std::string& why_not) {
  std::string text =
      "section,claim,verdict,effect,low,high,interval,measure,detail,not_comparable\n";
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  for (const Claim& claim : claims) {
    const Effect effect = claim.effect.value_or(Effect{kNone, kNone, kNone});
    text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", claim.section, csv_text(claim.statement),
                        to_string(claim.verdict()), csv_number(effect.value),
                        csv_number(effect.low), csv_number(effect.high), csv_text(claim.interval),
                        csv_text(claim.measure), csv_text(claim.detail), csv_text(why_not));
  }
  return text;
}

}  // namespace infoplane::paper
