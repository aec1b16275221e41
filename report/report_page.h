#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/report_data.h"

namespace infoplane {

/// The report as one HTML file that needs nothing else: the page of report/page/, D3, and the data.
std::string report_page(const nlohmann::ordered_json& data);

/// Reads the runs, computes and writes the report, as write_file_atomically does. Throws DataError
/// as read_run, and Error naming `file` when it cannot be written.
void write_report(const std::vector<std::filesystem::path>& runs, const ReportOptions& options,
                  const std::filesystem::path& file);

}  // namespace infoplane
