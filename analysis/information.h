#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace infoplane {

/// One class against the rest (paper, section 4.4): weight 1/2 is spread evenly over the class's
/// rows and 1/2 over all others, so that H(Y_c) = 1 bit.
struct ClassInformation {
  int class_index = 0;
  std::int64_t n = 0;      ///< rows of the class, n_c
  double h_x_bits = 0.0;   ///< H(X) of the weighted rows: 1 + (log2 n_c + log2(N - n_c)) / 2
  double i_xt_bits = 0.0;  ///< I(X;T), at most h_x_bits
  double i_ty_bits = 0.0;  ///< I(T;Y_c), at most 1
  double accuracy = 0.0;   ///< share of the class's rows that are correct
};

/// One point of the information plane, with what is needed to judge it. Information is in bits.
/// Of nothing nothing is known: of no rows entropies, information, accuracy and loss are not a
/// number, and of a class without rows its information and accuracy. Of a class that has all rows
/// there is no rest to tell it from: its information is not a number.
struct Information {
  std::int64_t rows = 0;      ///< N, the rows counted
  std::int64_t rejected = 0;  ///< bad_logits + bad_labels, counted nowhere else
  std::int64_t bad_logits = 0;
  std::int64_t bad_labels = 0;
  int classes = 0;              ///< C
  int bins = 0;                 ///< B
  std::int64_t symbols = 0;     ///< distinct values of T
  std::int64_t singletons = 0;  ///< values of T that occur once
  double h_t_bits = 0.0;
  double h_y_bits = 0.0;  ///< ceiling of I(T;Y)
  double h_ty_bits = 0.0;
  double i_xt_bits = 0.0;                   ///< H(T): T is a function of X, and every X is distinct
  double i_ty_bits = 0.0;                   ///< H(T) + H(Y) - H(T,Y)
  double i_xt_ceiling_bits = 0.0;           ///< log2 N
  double accuracy = 0.0;                    ///< share of the rows that are correct
  double loss_nats = 0.0;                   ///< mean cross-entropy
  std::vector<ClassInformation> per_class;  ///< [C]
};

/// Reads a row of results, laid out by InformationField (core/joint_counts.h), as
/// ops::information writes it. Entropies and mutual information by equations 1 and 2 of the paper,
/// the planes of single classes by its section 4.4. An empty or one-sided class has h_x_bits 0.
/// Throws ShapeError when `row` is not information_row_size(classes) long.
Information decode_information(int classes, int bins, std::span<const double> row);

/// Throws DeviceError unless each of `given` rows is counted in one class or rejected: a table that
/// has lost or invented counts gives no information.
void require_complete(const Information& information, std::int64_t given);

/// Makes what nobody knows not a number, as Information says.
void without_unknown(Information& information);

/// I(T;Y) = H(T) + H(Y) - H(T,Y), which lies between 0 and the lesser of both but for rounding.
double mutual_information(double h_t_bits, double h_y_bits, double h_ty_bits);

/// H(X) of one class against the rest; 0 of an empty or one-sided class.
double class_h_x_bits(double class_rows, double rows);

/// Takes accuracy and loss away, which a hidden layer does not have: they are not a number.
void without_output(Information& information);

}  // namespace infoplane
