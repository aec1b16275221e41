#include "analysis/information.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"
#include "core/joint_counts.h"

namespace infoplane {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::int64_t count_of(double value) { return static_cast<std::int64_t>(value); }

ClassInformation decode_class(int class_index, double rows, const double* fields) {
  ClassInformation result;
  const double n = fields[kInfoClassRows];
  result.class_index = class_index;
  result.n = count_of(n);
  result.h_x_bits = class_h_x_bits(n, rows);
  result.i_xt_bits = fields[kInfoClassIxt];
  result.i_ty_bits = fields[kInfoClassIty];
  result.accuracy = fields[kInfoClassCorrect] / n;
  return result;
}

}  // namespace

Information decode_information(int classes, int bins, std::span<const double> row) {
  if (row.size() != static_cast<std::size_t>(information_row_size(classes))) {
    throw ShapeError("decode_information: row holds " + std::to_string(row.size()) +
                     " numbers, expected " + std::to_string(information_row_size(classes)) +
                     " for " + std::to_string(classes) + " classes");
  }
  Information result;
  const double rows = row[kInfoRows];
  result.rows = count_of(rows);
  result.bad_logits = count_of(row[kInfoBadLogits]);
  result.bad_labels = count_of(row[kInfoBadLabels]);
  result.rejected = result.bad_logits + result.bad_labels;
  result.classes = classes;
  result.bins = bins;
  result.symbols = count_of(row[kInfoSymbols]);
  result.singletons = count_of(row[kInfoSingletons]);
  result.h_t_bits = row[kInfoEntropyT];
  result.h_y_bits = row[kInfoEntropyY];
  result.h_ty_bits = row[kInfoEntropyTY];
  result.i_xt_bits = result.h_t_bits;
  result.i_ty_bits = mutual_information(result.h_t_bits, result.h_y_bits, result.h_ty_bits);
  result.i_xt_ceiling_bits = rows > 0.0 ? std::log2(rows) : 0.0;
  result.accuracy = row[kInfoCorrect] / rows;
  result.loss_nats = row[kInfoLoss];
  for (int c = 0; c < classes; ++c) {
    result.per_class.push_back(
        decode_class(c, rows, row.data() + kInfoPerClass + c * kInfoClassFields));
  }
  without_unknown(result);
  return result;
}

double mutual_information(double h_t_bits, double h_y_bits, double h_ty_bits) {
  return std::clamp(h_t_bits + h_y_bits - h_ty_bits, 0.0,
                    std::max(0.0, std::min(h_t_bits, h_y_bits)));
}

double class_h_x_bits(double class_rows, double rows) {
  return class_rows > 0.0 && class_rows < rows
             ? 1.0 + 0.5 * (std::log2(class_rows) + std::log2(rows - class_rows))
             : 0.0;
}

void require_complete(const Information& information, std::int64_t given) {
  std::int64_t of_classes = 0;
  for (const ClassInformation& one : information.per_class) {
    of_classes += one.n;
  }
  if (information.rows + information.rejected != given || of_classes != information.rows) {
    throw DeviceError("joint counts: of " + std::to_string(given) + " rows " +
                      std::to_string(information.rows) + " were counted, " +
                      std::to_string(of_classes) + " in classes, and " +
                      std::to_string(information.rejected) + " rejected; please report it");
  }
}

void without_unknown(Information& information) {
  Information& all = information;
  if (all.rows == 0) {
    all.h_t_bits = all.h_y_bits = all.h_ty_bits = kNone;
    all.i_xt_bits = all.i_ty_bits = all.accuracy = all.loss_nats = kNone;
  }
  for (ClassInformation& one : all.per_class) {
    if (one.n == 0) {
      one.accuracy = kNone;
    }
    if (one.n == 0 || one.n == all.rows) {
      one.i_xt_bits = one.i_ty_bits = kNone;
    }
  }
}

void without_output(Information& information) {
  information.accuracy = kNone;
  information.loss_nats = kNone;
  for (ClassInformation& one : information.per_class) {
    one.accuracy = kNone;
  }
}

}  // namespace infoplane
