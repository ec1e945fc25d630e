/* A minimal generator and a minimal task of C++20's coroutines; the compiler makes their frames, on the heap. */
#ifndef CPP20_BODIES_HPP
#define CPP20_BODIES_HPP

#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

extern std::size_t frame_bytes; /* of the last coroutine that was made */

struct on_heap {
    static void *operator new(std::size_t size)
    {
        void *memory = std::malloc(size);

        frame_bytes = size;
        if (!memory)
            throw std::bad_alloc();
        return memory;
    }
    static void operator delete(void *memory) { std::free(memory); }
};

/* A coroutine, which it destroys. */
template <class Promise> struct owner {
    std::coroutine_handle<Promise> handle;

    explicit owner(std::coroutine_handle<Promise> h) : handle(h) {}
    owner(owner &&other) noexcept : handle(std::exchange(other.handle, {})) {}
    owner(const owner &) = delete;
    ~owner()
    {
        if (handle)
            handle.destroy();
    }
};

struct generator_promise : on_heap {
    unsigned value = 0;
    std::exception_ptr thrown; /* into it, or out of it */

    struct yielded {
        generator_promise &promise;

        bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) noexcept {}
        void await_resume()
        {
            if (promise.thrown)
                std::rethrow_exception(std::exchange(promise.thrown, nullptr));
        }
    };
    std::coroutine_handle<generator_promise> get_return_object()
    {
        return std::coroutine_handle<generator_promise>::from_promise(*this);
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    yielded yield_value(unsigned v) noexcept
    {
        value = v;
        return { *this };
    }
    void return_void() noexcept {}
    void unhandled_exception() { thrown = std::current_exception(); }
};

struct generator : owner<generator_promise> {
    using promise_type = generator_promise;

    generator(std::coroutine_handle<promise_type> h) : owner(h) {}
    bool next()
    {
        handle.resume();
        if (!handle.done())
            return true;
        if (handle.promise().thrown)
            std::rethrow_exception(handle.promise().thrown);
        return false;
    }
    bool throw_in(std::exception_ptr e)
    {
        handle.promise().thrown = e;
        return next();
    }
    unsigned value() const { return handle.promise().value; }
};

/* What awaits a task is resumed by it at its end: no level in between is touched by a wake-up. */
struct task_promise : on_heap {
    unsigned result = 0;
    std::exception_ptr thrown;
    std::coroutine_handle<> outer = std::noop_coroutine();

    struct ended {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<task_promise> h) noexcept
        {
            return h.promise().outer;
        }
        void await_resume() noexcept {}
    };
    std::coroutine_handle<task_promise> get_return_object()
    {
        return std::coroutine_handle<task_promise>::from_promise(*this);
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    ended final_suspend() noexcept { return {}; }
    void return_value(unsigned v) noexcept { result = v; }
    void unhandled_exception() { thrown = std::current_exception(); }
};

struct task : owner<task_promise> {
    using promise_type = task_promise;

    task(std::coroutine_handle<promise_type> h) : owner(h) {}
    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) noexcept
    {
        handle.promise().outer = h;
        return handle;
    }
    unsigned await_resume()
    {
        if (handle.promise().thrown)
            std::rethrow_exception(handle.promise().thrown);
        return handle.promise().result;
    }
};

/* `co_await` of it waits until whoever holds the place resumes what stands there. */
struct waits {
    std::coroutine_handle<> &place;

    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) noexcept { place = h; }
    void await_resume() noexcept {}
};

struct failure {
    int code;
};

generator numbers(unsigned n);
generator odd(generator source);
generator map(generator source);
unsigned sum(generator source);
task chain(int depth, unsigned turns, std::coroutine_handle<> &waiting);
generator handler();
generator guarded(unsigned &log);

#endif
