#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace infoplane::test {

/// Sets an environment variable, or unsets it, and restores it at the end of the test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::optional<std::string>& value) : name_(name) {
    const char* old = std::getenv(name);
    had_value_ = old != nullptr;
    old_ = had_value_ ? old : "";
    value ? setenv(name, value->c_str(), 1) : unsetenv(name);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (had_value_) {
      setenv(name_, old_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::string old_;
  bool had_value_ = false;
};

}  // namespace infoplane::test
