#include "core/write_file.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "core/error.h"

namespace infoplane {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::error_code& why) {
  throw DataError("cannot write " + file.string() + ": " + why.message() +
                  "; free some space or choose a folder that can be written");
}

}  // namespace

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::filesystem::path part = file;
  part += ".part";
  errno = 0;
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  if (!out) {
    fail(file, {errno, std::generic_category()});
  }
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  std::error_code why;
  if (!out) {
    why = {errno, std::generic_category()};
  } else {
    std::filesystem::rename(part, file, why);
  }
  if (why) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    fail(file, why);
  }
}

}  // namespace infoplane
