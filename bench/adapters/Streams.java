// The three stages of the bench in Kafka Streams: java -cp LIBS Streams.java SERVERS FROM TO GROUP FOLDER
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;

public class Streams {
  public static void main(String[] args) {
    Properties config = new Properties();
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[3]);
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put("auto.offset.reset", "earliest");
    config.put("producer.batch.size", "1000000");
    config.put("producer.linger.ms", "5");
    config.put("producer.enable.idempotence", "true");
    Pattern keep = Pattern.compile("^record");
    Pattern drop = Pattern.compile("x{200}");
    Pattern replace = Pattern.compile("record");
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .<byte[], String>stream(args[1])
        .filter((key, value) -> keep.matcher(value).find())
        .filterNot((key, value) -> drop.matcher(value).find())
        .mapValues(value -> replace.matcher(value).replaceAll("line"))
        .to(args[2]);
    KafkaStreams streams = new KafkaStreams(builder.build(), config);
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }
}
