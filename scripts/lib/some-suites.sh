#!/bin/sh
# Cargo's runner of test programs: runs those of the named packages, or those of all others, that no runner
# beside it took.
#   some-suites.sh TAKEN of|without "PACKAGE …" PROGRAM [ARGUMENT…]
taken=$1
which=$2
packages=$3
shift 3
case " $packages " in
  *" $CARGO_PKG_NAME "*) whose=of ;;
  *) whose=without ;;
esac
[ "$which" = "$whose" ] || exit 0
# Only one of them can make it.
mkdir "$taken/$(basename "$1")" 2>/dev/null || exit 0
exec "$@"
