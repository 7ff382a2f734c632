// The two signals that end a program: SIGINT and SIGTERM.
#pragma once

#include <signal.h>

namespace sdmp::relay {

sigset_t stop_signals();
// From now on they only come to who waits for them: sigwait(), sigtimedwait() or a signalfd of the
// set that is returned. For this thread and those that it starts later.
sigset_t block_stop_signals();

}  // namespace sdmp::relay
