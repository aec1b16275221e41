// Takes something out of the rooms at the top; their libraries stand on all the others.
#include <infoplane/core/version.h>
#include <infoplane/report/plane_figure.h>
#include <infoplane/train/settings.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  infoplane::write_plane_svg({"consumer", {{"path", {{1.0, 0.5, 1.0}}}}, {{2.0, "path"}}, 1.0},
                             argv[1]);
  std::printf("infoplane %s has %zu settings\n", infoplane::kVersion,
              infoplane::config_keys().size());
  return infoplane::config_keys().empty() ? 1 : 0;
}
