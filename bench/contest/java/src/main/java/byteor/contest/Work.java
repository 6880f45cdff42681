package byteor.contest;

import java.util.Arrays;
import java.util.Locale;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** What everybody does: the same messages, the same look at them, the same check. */
record Work(String peer, String what, int size, int batch, long n, boolean touch, String role, String run,
            String name) {
    /** Messages that a ring holds. */
    static final int CAPACITY = 1024;
    /** Messages that go before the measured ones, so that the code is compiled. */
    static final long WARM_UP = 500_000;

    static Work of(String[] args) {
        String peer = "", what = "1p1c", role = "", name = "", run = "byteor-contest-" + ProcessHandle.current().pid();
        int size = 32, batch = 1;
        long n = 1_000_000;
        boolean touch = true;
        for (String arg : args) {
            String[] pair = arg.split("=", 2);
            switch (pair[0]) {
                case "peer" -> peer = pair[1];
                case "what" -> what = pair[1];
                case "size" -> size = Integer.parseInt(pair[1]);
                case "batch" -> batch = Integer.parseInt(pair[1]);
                case "n" -> n = Long.parseLong(pair[1]);
                case "work" -> touch = pair[1].equals("touch");
                case "role" -> role = pair[1];
                case "run" -> run = pair[1];
                case "name" -> name = pair[1];
                default -> throw new IllegalArgumentException("unknown key " + pair[0]);
            }
        }
        return new Work(peer, what, size, batch, n, touch, role, run, name);
    }

    /** Round trips before the measured ones. */
    long warmUpTrips() {
        return Math.min(50_000, 5 * n);
    }

    void printTime(long nanos) {
        double seconds = nanos / 1e9;
        System.out.printf(Locale.ROOT,
            "{\"name\":\"%s\",\"peer\":\"%s\",\"msgs\":%d,\"seconds\":%.6f,\"ops_per_s\":%.0f}%n",
            name(), peer, n, seconds, n / seconds);
    }

    void printTrips(long[] trips) {
        Arrays.sort(trips);
        double seconds = Arrays.stream(trips).sum() / 1e9;
        System.out.printf(Locale.ROOT,
            "{\"name\":\"%s\",\"peer\":\"%s\",\"msgs\":%d,\"seconds\":%.6f,\"ops_per_s\":%.0f,"
                + "\"p50_ns\":%d,\"p90_ns\":%d,\"p99_ns\":%d,\"p999_ns\":%d}%n",
            name(), peer, n, seconds, n / seconds,
            at(trips, 0.5), at(trips, 0.9), at(trips, 0.99), at(trips, 0.999));
    }

    private static long at(long[] sorted, double q) {
        return sorted[(int) ((sorted.length - 1) * q)];
    }

    /** A message before its number is in it. */
    byte[] blank() {
        byte[] message = new byte[size];
        for (int at = 0; at < size; at++) {
            message[at] = (byte) at;
        }
        return message;
    }

    static void number(MutableDirectBuffer message, int at, long n) {
        message.putLong(at, n);
    }

    /** What a receiver adds up. */
    static final class Seen {
        private final boolean touch;
        long count;
        private long sum;

        Seen(boolean touch) {
            this.touch = touch;
        }

        void look(DirectBuffer message, int offset, int length) {
            long sum = message.getLong(offset);
            if (touch) {
                for (int at = 8; at + 8 <= length; at += 8) {
                    sum += message.getLong(offset + at);
                }
            }
            this.sum += sum;
            count++;
        }

        /** Ends the program where something is missing, doubled or torn. */
        void check(Work work, long n) {
            var rest = new Seen(touch);
            byte[] blank = work.blank();
            Arrays.fill(blank, 0, 8, (byte) 0);
            rest.look(new org.agrona.concurrent.UnsafeBuffer(blank), 0, blank.length);
            long numbers = java.math.BigInteger.valueOf(n).multiply(java.math.BigInteger.valueOf(n - 1)).shiftRight(1).longValue();
            if (count != n || sum != rest.sum * n + numbers) {
                System.err.println("received something else");
                System.exit(1);
            }
        }
    }
}
