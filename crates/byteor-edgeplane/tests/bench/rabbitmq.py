"""Records into a stream and out of it by pika, which others wrote.

rabbitmq.py PORT USER PASSWORD publish STREAM FILE    publishes each line's base64 as a record, confirmed
rabbitmq.py PORT USER PASSWORD read STREAM COUNT      prints COUNT records from the first one on:
                                                      offset, message id, base64
"""

import base64
import sys

import pika

port, user, password, what, stream, more = sys.argv[1:]
connection = pika.BlockingConnection(
    pika.ConnectionParameters("127.0.0.1", int(port), "/", pika.PlainCredentials(user, password))
)
channel = connection.channel()
if what == "publish":
    channel.confirm_delivery()
    with open(more) as file:
        for line in file:
            channel.basic_publish("", stream, base64.b64decode(line), mandatory=True)
else:
    left = int(more)
    channel.basic_qos(prefetch_count=100)
    arguments = {"x-stream-offset": "first"}
    for method, properties, body in channel.consume(stream, arguments=arguments):
        offset = properties.headers["x-stream-offset"]
        print(offset, properties.message_id, base64.b64encode(body).decode())
        channel.basic_ack(method.delivery_tag)
        left -= 1
        if left == 0:
            break
connection.close()
