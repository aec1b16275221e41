#include "paper/text_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/canvas.h"

namespace infoplane::paper {
namespace {

/// Characters of UTF-8 text.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

TextTable brief(TextTable table) {
  const auto explains = std::find(table.columns.begin(), table.columns.end(), "measure");
  if (explains != table.columns.end()) {
    const auto keep = static_cast<std::size_t>(explains - table.columns.begin());
    table.columns.resize(keep);
    for (std::vector<std::string>& row : table.rows) {
      row.resize(keep);
    }
  }
  return table;
}

std::string to_terminal(const TextTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t widest = width(table.columns[c]);
    for (const std::vector<std::string>& row : table.rows) {
      widest = std::max(widest, width(row[c]));
    }
    widths.push_back(widest);
  }
  std::string text = table.name + "  " + table.title + "\n";
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string result = " ";
    for (std::size_t c = 0; c < cells.size(); ++c) {
      result += " " + cells[c] + std::string(widths[c] - width(cells[c]) + 1, ' ');
    }
    result.erase(result.find_last_not_of(' ') + 1);
    text += result + "\n";
  };
  line(table.columns);
  for (const std::vector<std::string>& row : table.rows) {
    line(row);
  }
  return text;
}

std::string to_markdown(const TextTable& table) {
  std::string text = "## " + table.name + ": " + table.title + "\n\n";
  const auto line = [&text](const std::vector<std::string>& cells) {
    text += fmt::format("| {} |\n", fmt::join(cells, " | "));
  };
  line(table.columns);
  line(std::vector<std::string>(table.columns.size(), "---"));
  for (const std::vector<std::string>& row : table.rows) {
    line(row);
  }
  return text + "\n";
}

std::string to_html(const TextTable& table) {
  std::string html =
      fmt::format("<section id=\"{}\">\n<h2>{}: {}</h2>\n<div class=\"wide\"><table>\n", table.name,
                  table.name, draw::xml_text(table.title));
  const auto line = [&html](const std::vector<std::string>& cells, const char* tag) {
    html += "<tr>";
    for (const std::string& cell : cells) {
      html += fmt::format("<{}>{}</{}>", tag, draw::xml_text(cell), tag);
    }
    html += "</tr>\n";
  };
  html += "<thead>";
  line(table.columns, "th");
  html += "</thead><tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    line(row, "td");
  }
  return html + "</tbody></table></div>\n</section>\n";
}

}  // namespace infoplane::paper
