#pragma once

namespace CLI {
class App;
}

namespace infoplane::apps {

/// Each adds one subcommand: its options, its help, and a callback that does the work. A callback
/// throws an Error (core/error.h); main() prints it as one line and picks the exit code:
/// UsageError 2, DataError and DeviceMissing 3, anything else 1.
void add_bench(CLI::App& app);
void add_doctor(CLI::App& app);
void add_figure(CLI::App& app);
void add_inversions(CLI::App& app);
void add_mi(CLI::App& app);
void add_models(CLI::App& app);
void add_phases(CLI::App& app);
void add_report(CLI::App& app);
void add_rank(CLI::App& app);

/// These describe the whole tree of `app`, which must outlive the callback.
void add_completion(CLI::App& app);
void add_man(CLI::App& app);

/// These also set `exit_code`: to 130 when interrupted, and where runs of a plan fail.
void add_data(CLI::App& app, int& exit_code);
void add_outputs(CLI::App& app, int& exit_code);
void add_resume(CLI::App& app, int& exit_code);

/// These also take the command line, to be written down with what it made.
void add_reproduce(CLI::App& app, int argc, const char* const* argv, int& exit_code);
void add_train(CLI::App& app, int argc, const char* const* argv, int& exit_code);

}  // namespace infoplane::apps
