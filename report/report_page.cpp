#include "report/report_page.h"

#include "core/atomic_file.h"
#include "report/canvas.h"
#include "report/embedded.h"

namespace infoplane {
namespace {

/// The data as they may stand inside <script>: no "<" that could begin its end. Text that is no
/// UTF-8, such as an odd path, keeps its place with a replacement character.
std::string script_data(const nlohmann::ordered_json& data) {
  const std::string json =
      data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string escaped;
  escaped.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      escaped += "\\u003c";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string report_page(const nlohmann::ordered_json& data) {
  const std::string_view page = embedded_file("page.html");
  std::string html;
  std::size_t done = 0;
  for (std::size_t open = page.find("{{"); open != page.npos; open = page.find("{{", done)) {
    const std::size_t close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    html += page.substr(done, open - done);
    if (name == "data") {
      html += script_data(data);
    } else if (name == "title") {
      html += draw::xml_text(data.at("title").get<std::string>());
    } else {
      html += embedded_file(name);
    }
    done = close + 2;
  }
  html += page.substr(done);
  return html;
}

void write_report(const std::vector<std::filesystem::path>& runs, const ReportOptions& options,
                  const std::filesystem::path& file) {
  write_file_atomically(file, report_page(report_data(read_runs(runs), options)));
}

}  // namespace infoplane
