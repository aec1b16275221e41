#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/class_plane.h"

namespace infoplane::cpu {

/// How often each (y, n(t,y), n(t)) occurs among symbols with few rows: all that entropies need to
/// know of them. Integers, so that the order of symbols does not matter; and most symbols have few
/// rows, so that a logarithm serves many of them.
class CountsOfCounts {
 public:
  explicit CountsOfCounts(std::size_t classes);

  /// The most rows that a symbol here may have.
  std::uint64_t most_rows() const { return most_rows_; }

  /// A symbol with `rows` rows; its labels are added one by one. One without is not one, and may
  /// be added.
  void add_symbol(std::uint64_t rows) { ++symbols_[rows]; }
  void add_label(std::uint64_t rows, std::size_t y, std::uint64_t own) {
    ++times_[y * entries_ + triangle(rows) + own];
  }

  void add(const CountsOfCounts& other);

  std::uint64_t symbols(std::uint64_t rows) const { return symbols_[rows]; }

  std::uint32_t* times() { return times_.data(); }
  /// What lies between two labels' times.
  std::size_t entries() const { return entries_; }

  /// How often label y has n(t,y) = `own` in symbols with n(t) = `rows`, at triangle(rows) + own.
  const std::uint32_t* times(std::size_t y) const { return times_.data() + y * entries_; }
  static constexpr std::size_t triangle(std::uint64_t rows) { return rows * (rows + 1) / 2; }

  /// The largest most_rows().
  static constexpr std::uint64_t kMostRows = 31;

 private:
  std::uint64_t most_rows_;
  std::size_t entries_;  ///< of a class: pairs of n(t) and n(t,y)
  std::vector<std::uint32_t> times_;
  std::vector<std::uint32_t> symbols_;
};

/// A symbol with more rows than CountsOfCounts takes, and where its counts are.
template <class Place>
struct LargeSymbol {
  std::uint64_t rows;
  Place place;
};

/// The sums behind the information of a table, in an order that depends on neither threads nor the
/// order of rows: the counts of counts, then the large symbols as they are listed.
class TableSums {
 public:
  /// `label_rows` [C], the rows of each label.
  explicit TableSums(std::vector<std::uint64_t> label_rows);

  void add(const CountsOfCounts& counts);

  /// `cells_of(place, visit)` calls visit(y, n(t,y)) for the counts that are not zero.
  template <class Place, class CellsOf>
  void add_large(std::span<const LargeSymbol<Place>> symbols, const CellsOf& cells_of) {
    Batch batch(*this);
    for (const LargeSymbol<Place>& symbol : symbols) {
      const double rows_log2 = n_log2(symbol.rows);
      add_symbols(symbol.rows, 1, rows_log2);
      bool shared = false;
      cells_of(symbol.place, [&](std::size_t y, std::uint64_t own) {
        shared = own < symbol.rows;
        if (shared) {
          batch.add(y, own, symbol.rows, rows_log2);
        } else {
          planes_[y].add_pure(classes_[y], own, 1, rows_log2);
        }
      });
      shared_rows_log2_ += shared ? rows_log2 : 0.0;
    }
  }

  /// Those of another part of the same table.
  void add(const TableSums& other);

  /// Writes all fields but for the tallies' into `row`, laid out by InformationField.
  void write(double* row) const;

 private:
  /// Cells of shared symbols, whose logarithms are taken together; what is left of them at the end
  /// of its life.
  class Batch {
   public:
    explicit Batch(TableSums& sums) : sums_(sums) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch() { finish(); }

    /// n(t,y) = `own` > 0 of a larger n(t) = `rows`, and n(t) log2 n(t).
    void add(std::size_t y, std::uint64_t own, std::uint64_t rows, double rows_log2);

   private:
    void finish();

    struct Cell {
      std::size_t y;
      std::uint64_t own, rows;
      double rows_log2;
    };
    /// Of cells, whose n(t,y), rest of n(t) and weight follow each other.
    static constexpr std::size_t kSize = 128;

    TableSums& sums_;
    std::size_t size_ = 0;
    std::array<Cell, kSize> cells_;
    std::array<double, 3 * kSize> values_;
  };

  /// Those of counts' symbols that label y shares with others.
  void add_shared(const CountsOfCounts& counts, std::size_t y);

  static double n_log2(std::uint64_t n);
  /// `times` symbols with `rows` rows; `rows_log2` is rows log2 rows.
  void add_symbols(std::uint64_t rows, std::uint64_t times, double rows_log2);

  std::vector<std::uint64_t> label_rows_;
  std::uint64_t rows_;
  double log2_rows_;
  std::vector<ClassPlane> planes_;
  std::vector<ClassPlane::Sums> classes_;
  std::uint64_t symbols_ = 0;
  std::uint64_t singletons_ = 0;
  double entropy_ = 0.0;           ///< N H(T)
  double rows_log2_ = 0.0;         ///< of all symbols' n(t) log2 n(t)
  double shared_rows_log2_ = 0.0;  ///< of those with several labels
};

/// Writes the fields of `row` that come from a table's tallies [kTallyCorrect + C]; after
/// TableSums::write, as the mean loss needs the number of rows.
void write_tallies(int classes, const std::uint64_t* tallies, double* row);

}  // namespace infoplane::cpu
