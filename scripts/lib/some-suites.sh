#!/bin/sh
# Cargo's runner of test programs: runs those of the named packages, or those of all others.
#   some-suites.sh of|without "PACKAGE …" PROGRAM [ARGUMENT…]
which=$1
packages=$2
shift 2
case " $packages " in
  *" $CARGO_PKG_NAME "*) whose=of ;;
  *) whose=without ;;
esac
[ "$which" = "$whose" ] || exit 0
exec "$@"
