#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace infoplane {

/// What the name of a data set says without its files: `mnist`, `stacked:2:mnist`, `folder:PATH`,
/// `npy:IMAGES,LABELS`, `npy:IMAGES,LABELS,VALIDATION_IMAGES,VALIDATION_LABELS`.

constexpr std::string_view kTishbyName = "tishby";  ///< generated, where all others are read
constexpr std::string_view kStackedPrefix = "stacked:";
constexpr std::string_view kFolderPrefix = "folder:";
constexpr std::string_view kArraysPrefix = "npy:";

/// The two or four names in IMAGES,LABELS[,VALIDATION_IMAGES,VALIDATION_LABELS]; none when there
/// are neither. Of names that have commas themselves, the first that are all files.
std::vector<std::string> array_files(const std::string& arrays);

/// Absolute, without "." and ".."; with one of these, without links, too, which may lead it
/// elsewhere.
std::filesystem::path absolute_path(const std::filesystem::path& path);

/// The name with absolute paths, so that it means the same in every folder.
std::string absolute_data_name(const std::string& name);

/// The name as a label shows it, with the last part of each path alone: "folder:images".
std::string data_label(const std::string& name);

/// Whether the name has the paths of the data's files or folder, so that nothing is looked for.
bool names_its_files(const std::string& name);

/// Whether the seed draws the split or the order of these data, so that it changes their hash.
bool is_drawn_from_seed(const std::string& name);

}  // namespace infoplane
