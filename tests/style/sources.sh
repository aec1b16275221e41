# Sourced by the scripts beside it, in the root of the tree.
rooms=(core cpu cuda ops data nn analysis train report paper bench apps)

# sources DIR... -- EXTENSION...: the files, sorted.
sources() {
  local dirs=() names=()
  while [[ $1 != -- ]]; do dirs+=("$1"); shift; done
  shift
  for extension in "$@"; do names+=(-o -name "*.$extension"); done
  find "${dirs[@]}" -type f \( "${names[@]:1}" \) | LC_ALL=C sort
}
