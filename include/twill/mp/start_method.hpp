#pragma once

#include <concepts>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// How a process begins: in front of the other arguments of Process. Left out, by a fork.
///
///     twill::mp::Process forked([&] { ... });
///     twill::mp::Process process(twill::mp::spawn, adder, 1, 2);
///     twill::mp::Process another(twill::mp::forkserver, {.name = "Ann"}, adder, 3, 4);
///
/// | | fork | spawn | forkserver |
/// |---|---|---|---|
/// | what it can call | anything | what can be sent | what can be sent |
/// | safe beside other threads | no | yes | yes |
/// | static objects | copied as they are | made anew | copied as they were made anew once |
/// | shares Locks, Queues and their like with its parent | all | those passed | those passed |
/// | costs | more, the more memory the parent has | most | least |
///
/// A fork copies all memory, but of all threads only the one that forked: what another had locked
/// at that instant stays locked in the child. So fork before there are threads, or while none could
/// hold what the child needs, and have the others for when there are. Fork is what is left out
/// because it alone takes any callable and shares all there is to share.
///
/// By the other two, the callable is a function, a lambda without captures, or an object that can
/// be sent (serialize.hpp), and so is each argument, or it is a pointer to a function. They are
/// copied when the Process is made. What cannot cross is a compile error that says why: that is why
/// the method is an argument, and why there is no set_start_method(), by which a program that forks
/// could be told to spawn, and fail as it runs. main() is never entered in a child, so it needs no
/// guard.
///
/// What processes share is passed by std::ref(), and outlives the start():
///
///     twill::mp::Queue<int> queue;
///     twill::mp::Process process(twill::mp::spawn, consumer, std::ref(queue));
///
/// consumer(mp::Queue<int>&) gets one of its own of the same queue, for as long as it lives; it can
/// pass that on, and is heard of if it dies. So cross the locks, semaphores and queues, Event,
/// Condition, Barrier without an action, Value, Array, their raw kin, and SharedMemory; not the
/// containers (Shared), whose insides are of one program. The child must not have made any such
/// object by then, also no static one: else it ends with a RuntimeError that says so.
///
/// start() throws RuntimeError where twill cannot take the place of main(): in a program that has
/// the C library in itself (-static), or that the loader was told to run (ld.so program).

/// The child is the program started once more, from the same file, even if that was deleted or
/// replaced since. It has its parent's environment, folder and descriptors as by any exec. A
/// function of a library that the program itself does not load is not found there, and the child
/// ends with 1 and says so.
struct Spawn {};
inline constexpr Spawn spawn{};

/// The child is forked from a server, which is the program started once more for the first such
/// child of a process, and has never entered main(). It has the standard files and the folder
/// of its parent; its environment, signal mask and limits are the server's, which had them from
/// that first start. What static objects share (a static Lock, say) is shared by all children of
/// one server. Of pthread_atfork() only twill's own handlers run.
///
/// The server is a child of the process as well, of which twill says nothing but waitpid(-1) may.
/// It ends with its parent. If it is killed, its children go on, and the next start makes another.
/// Where static objects start threads, or the system cannot have such a server, children are
/// spawned instead.
struct ForkServer {};
inline constexpr ForkServer forkserver{};

namespace detail {
template <class T>
concept StartMethod = std::same_as<T, Spawn> || std::same_as<T, ForkServer>;
}

}  // namespace mp
TWILL_END
