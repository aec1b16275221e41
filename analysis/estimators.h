#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace infoplane {

/// How an entropy is estimated from counts. Plug-in (maximum likelihood) is the paper's quantity;
/// it is too small on average, and the others correct for that, each in its own way. N is the
/// number of rows, n_k how often symbol k occurs, K the number of symbols seen.
enum class Estimator {
  kMl,               ///< -sum p ln p with p = n_k / N
  kMillerMadow,      ///< plug-in + (K - 1) / 2N (Miller, 1955)
  kGrassberger2003,  ///< ln N - (1/N) sum n_k G(n_k) (Grassberger, arXiv:physics/0307138, eq. 35)
  kChaoShen,         ///< unseen symbols by coverage, Horvitz-Thompson weights (Chao and Shen, 2003)
  kJackknife,        ///< N H - (N - 1) times the mean of H with one row left out
  kJamesStein,       ///< shrunk towards 1 / alphabet (Hausser and Strimmer, JMLR 10, 2009)
};

/// "ml", "miller_madow", "grassberger2003", "chao_shen", "jackknife", "james_stein".
const char* to_string(Estimator estimator);

/// All of them, in the order of the enumeration.
std::span<const Estimator> all_estimators();

/// The estimator of that name. Throws UsageError, naming the nearest, for an unknown one.
Estimator parse_estimator(const std::string& name);

/// How many symbols occur once, twice, ...: number of symbols by their count, ascending; no count
/// is 0. All that an estimator needs to know of a sample.
using CountOfCounts = std::map<std::uint64_t, std::uint64_t>;

/// How far kJamesStein shrinks towards 1 / alphabet (Hausser and Strimmer, eq. 9), in [0, 1].
double shrinkage(const CountOfCounts& counts, double alphabet);

/// Entropy in nats of lambda / alphabet + (1 - lambda) n / N.
double shrunk_entropy_nats(const CountOfCounts& counts, double alphabet, double lambda);

/// Entropy in nats; 0 for an empty sample. Not clamped: a corrected value may be negative or pass
/// the logarithm of the alphabet. `alphabet` is how many symbols there could be, at least as many
/// as there are; only kJamesStein reads it.
double entropy_nats(Estimator estimator, const CountOfCounts& counts, double alphabet);

}  // namespace infoplane
