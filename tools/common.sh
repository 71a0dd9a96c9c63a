# What the scripts of this folder share; to be sourced by bash. Standard output belongs to the
# programs that are run: everything said here goes to standard error.
#
# Exit code 69 (EX_UNAVAILABLE): something needed could not be installed or built. It is kevsim's
# own exit codes (0 to 4, 70, 130) that scripts tell apart, so none of them is used here.

set -euo pipefail

root=$(CDPATH='' cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
readonly root unavailable=69

say() { printf '%s\n' "$*" >&2; }

die() {
  local code=$1
  shift
  say "error: $*"
  exit "$code"
}

# lock NAME: one builder at a time in build/NAME; the next one waits. unlock ends it.
lock() {
  mkdir -p "$root/build"
  exec {lock_fd}>"$root/build/.$1.lock"
  flock --timeout 2 "$lock_fd" && return
  say "waiting for another build of '$1' to finish..."
  flock "$lock_fd"
}

unlock() { exec {lock_fd}>&-; }

# configure PRESET [-DKEY=VALUE]...: runs CMake when the preset was never configured here, when the
# presets changed, or when settings are given. A cache that came with a copied tree is dropped.
configure() {
  local preset=$1 dir=$root/build/$1 fresh=()
  shift
  local stamp=$dir/.configured log=$dir/configure.log
  if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
    fresh=(--fresh)
  elif [[ $# -eq 0 && -e $dir/build.ninja && $stamp -nt $root/CMakePresets.json ]]; then
    return
  fi
  mkdir -p "$dir"
  if ! (cd "$root" && cmake "${fresh[@]}" --preset "$preset" "$@") >"$log" 2>&1; then
    cat "$log" >&2
    die $unavailable "cannot configure preset '$preset' (log: $log)"
  fi
  : >"$stamp"
}

# build PRESET WHAT [TARGET]...: a build with nothing to do says nothing; one with a terminal shows
# its progress on one line; one without says once how long it may take; a failed one prints its log.
build() {
  local preset=$1 what=$2 dir=$root/build/$1
  shift 2
  local log=$dir/build.log built=$dir/.built first=''
  [[ -e $built ]] || first='first time, '
  if ! NINJA_STATUS='[%f/%t] ' ninja -C "$dir" "$@" 2>&1 |
    show_progress "$what" "$first" "$log"; then
    # A step that went well and said nothing is not worth reading.
    grep -vE '^(\[[0-9]+/[0-9]+\] |ninja: Entering)' "$log" >&2 || cat "$log" >&2
    die $unavailable "cannot build $what (log: $log)"
  fi
  [[ -e $built ]] || : >"$built"
}

show_progress() {
  local what=$1 first=$2 log=$3 line announced='' seconds_per_step=2
  : >"$log"
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\  ]] || continue
    local done_steps=${BASH_REMATCH[1]} steps=${BASH_REMATCH[2]}
    # A few are what depends on the version's stamp, which is looked at each time: not worth a word.
    ((steps > 5)) || continue
    if [[ -t 2 ]]; then
      printf '\r\033[Kbuilding %s [%d/%d]' "$what" "$done_steps" "$steps" >&2
      announced=line
    elif [[ -z $announced ]]; then
      local minutes=$((steps * seconds_per_step / $(nproc) / 60 + 1))
      say "building $what (${first}about $minutes minute$( ((minutes == 1)) || echo s))..."
      announced=text
    fi
  done
  if [[ $announced == line ]]; then printf '\r\033[K' >&2; fi
}
