#ifndef TWILL_PARK_OBSERVER_H
#define TWILL_PARK_OBSERVER_H

/* What an observer (a tracer, an explorer) sees of a program: plain C, so that it can live in a
 * shared object of its own and serve programs that never heard of twill. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers are for ever: new operations are added at the end. */
typedef enum twill_operation {
  TWILL_ACQUIRE = 1,
  TWILL_TRY_ACQUIRE = 2,
  TWILL_RELEASE = 3,
  TWILL_WAIT = 4,
  TWILL_NOTIFY = 5,
  TWILL_PUT = 6,
  TWILL_GET = 7,
  TWILL_START = 8,
  TWILL_JOIN = 9,
  TWILL_SLEEP = 10, /* in the door, whatever the object; also on objects that are not watched */
  TWILL_LOOK = 11,  /* at the state of an object, without taking anything */
  TWILL_CHANGE = 12 /* of that state in another way: clear, shutdown, abort, reset */
} twill_operation;

typedef struct twill_event {
  uint32_t size;      /* of this struct, as the sender knows it */
  uint32_t operation; /* a twill_operation */
  const char* kind;   /* "Lock", "Queue", ...: lives for ever */
  const void* object;
  const void* site; /* the instruction in the user's code, or null */
  uint32_t context; /* id with generation of the thread or coroutine that acts */
} twill_event;

typedef struct twill_observer {
  uint32_t size; /* of this struct, as the observer knows it */
  void* data;
  /* Called in the acting thread, before the operation. It may block, but not on twill's objects. */
  void (*event)(void* data, const twill_event* event);
} twill_observer;

/* Installs an observer, or takes it away (null). Objects made while one is installed are watched:
 * every operation on them is seen. `observer` must live until it is taken away and no thread runs
 * in it any more. Returns the one before. */
const twill_observer* twill_observe(const twill_observer* observer);

#ifdef __cplusplus
}
#endif

#endif
