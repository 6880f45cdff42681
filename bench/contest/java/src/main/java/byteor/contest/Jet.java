package byteor.contest;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.SinkBuilder;
import com.hazelcast.jet.pipeline.SourceBuilder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;
import org.agrona.concurrent.UnsafeBuffer;

/** Hazelcast Jet: three stages, each searches the record for a word that isn't there. */
final class Jet {
    /** What all sinks took, in this process. */
    private static final LongAdder COUNT = new LongAdder();
    private static final LongAdder SUM = new LongAdder();

    private Jet() {}

    static void run(Work work) {
        var config = new Config();
        config.getJetConfig().setEnabled(true).setCooperativeThreadCount(2);
        config.setProperty("hazelcast.logging.type", "none");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config);
        try {
            once(hazelcast, work.size(), Work.WARM_UP);
            work.printTime(once(hazelcast, work.size(), work.n()));
        } finally {
            hazelcast.shutdown();
        }
    }

    private static long once(HazelcastInstance hazelcast, int size, long n) {
        COUNT.reset();
        SUM.reset();
        var source = SourceBuilder
            .batch("numbers", context -> new long[] {0})
            .<byte[]>fillBufferFn((at, buffer) -> {
                for (int i = 0; i < 1024 && at[0] < n; i++, at[0]++) {
                    var message = new byte[size];
                    for (int place = 8; place < size; place++) {
                        message[place] = (byte) place;
                    }
                    new UnsafeBuffer(message).putLong(0, at[0]);
                    buffer.add(message);
                }
                if (at[0] == n) {
                    buffer.close();
                }
            })
            .build();
        var sink = SinkBuilder
            .sinkBuilder("sum", context -> new UnsafeBuffer(new byte[8]))
            .<byte[]>receiveFn((reader, message) -> {
                reader.wrap(message);
                COUNT.increment();
                SUM.add(reader.getLong(0));
            })
            .build();
        var pipeline = Pipeline.create();
        pipeline.readFrom(source)
            .filter(message -> !holds(message, "needle-1"))
            .filter(message -> !holds(message, "needle-2"))
            .filter(message -> !holds(message, "needle-3"))
            .writeTo(sink);
        long from = System.nanoTime();
        hazelcast.getJet().newJob(pipeline, new JobConfig()).join();
        long nanos = System.nanoTime() - from;
        if (COUNT.sum() != n || SUM.sum() != n * (n - 1) / 2) {
            System.err.println("received something else");
            System.exit(1);
        }
        return nanos;
    }

    private static boolean holds(byte[] message, String word) {
        byte[] needle = word.getBytes(StandardCharsets.ISO_8859_1);
        outer:
        for (int at = 0; at + needle.length <= message.length; at++) {
            for (int i = 0; i < needle.length; i++) {
                if (message[at + i] != needle[i]) {
                    continue outer;
                }
            }
            return true;
        }
        return false;
    }
}
