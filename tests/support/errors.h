#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace infoplane::test {

/// Expects `call` to throw E, in one line that contains each of `parts`.
template <class E, class Call>
void expect_error(const Call& call, std::initializer_list<const char*> parts) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const E& error) {
    const std::string message = error.what();
    for (const char* part : parts) {
      EXPECT_THAT(message, testing::HasSubstr(part));
    }
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

}  // namespace infoplane::test
