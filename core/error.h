#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace infoplane {

/// Base of everything infoplane throws. A message is one line: what, where, what to do. It may
/// quote what a file or a user said: control characters, line ends among them, are written as
/// escapes.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string_view message);
};

/// Two shapes that had to agree did not; the message holds both.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A data set, file or array is missing, damaged or of another kind than asked for.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A device or one of its libraries failed.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// A device could not record work, or not replay it. Nothing was enqueued: the same work can still
/// be enqueued as it is.
class NotRecorded : public Error {
 public:
  using Error::Error;
};

/// The device asked for is not there, or this build has no code for it.
class DeviceMissing : public Error {
 public:
  using Error::Error;
};

/// An argument, option or configuration key is wrong.
class UsageError : public Error {
 public:
  using Error::Error;
};

}  // namespace infoplane
