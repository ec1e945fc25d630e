/* SPDX-License-Identifier: 0BSD */
/* What can go wrong. A link adds codes of its own: that of POSIX has -errno. */
#ifndef MQTT_ERROR_H
#define MQTT_ERROR_H

enum mqtt_error {
    MQTT_E_FULL = -20001,                 /* publish, subscribe: there is no room, try again later */
    MQTT_E_TOO_LARGE = -20002,            /* larger than the buffers: it is refused, all else goes on */
    MQTT_E_INVALID = -20003,              /* a topic, filter or text that the standard forbids */
    MQTT_E_STOPPED = -20004,              /* publish: the client is stopping */
    MQTT_E_UNSENT = -20005,               /* the client has stopped with messages that nobody has acknowledged */
    MQTT_E_NO_ANSWER = -20006,            /* the broker was silent for too long */
    MQTT_E_HUNG_UP = -20007,              /* the broker has closed the connection */
    MQTT_E_MALFORMED = -20008,            /* what came is no packet */
    MQTT_E_UNEXPECTED = -20009,           /* a packet that a broker may not send, or not then */
    MQTT_E_SUBSCRIPTION_REFUSED = -20010, /* the connection goes on */
    MQTT_E_REFUSED = -20020,              /* less the code of a CONNACK, so: */
    MQTT_E_REFUSED_VERSION = -20021,
    MQTT_E_REFUSED_CLIENT_ID = -20022,
    MQTT_E_REFUSED_UNAVAILABLE = -20023,
    MQTT_E_REFUSED_LOGIN = -20024, /* user name or password are wrong */
    MQTT_E_REFUSED_RIGHTS = -20025
};

/* The error in English, or NULL if it is none of these. */
const char *mqtt_strerror(int code);

#endif
