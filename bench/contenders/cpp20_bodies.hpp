/* SPDX-License-Identifier: 0BSD */
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

/* As std::generator of C++23, nothing can be thrown into it. What can be is below. */
template <class Promise> struct generator_promise : on_heap {
    unsigned value = 0;
    std::exception_ptr thrown; /* out of it, or into it */

    std::coroutine_handle<Promise> get_return_object()
    {
        return std::coroutine_handle<Promise>::from_promise(static_cast<Promise &>(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { thrown = std::current_exception(); }
};

struct closed_promise : generator_promise<closed_promise> {
    std::suspend_always yield_value(unsigned v) noexcept
    {
        value = v;
        return {};
    }
};

struct open_promise : generator_promise<open_promise> {
    struct yielded {
        open_promise &promise;

        bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) noexcept {}
        void await_resume()
        {
            if (promise.thrown)
                std::rethrow_exception(std::exchange(promise.thrown, nullptr));
        }
    };
    yielded yield_value(unsigned v) noexcept
    {
        value = v;
        return { *this };
    }
};

template <class Promise> struct generator_of : owner<Promise> {
    using promise_type = Promise;

    generator_of(std::coroutine_handle<promise_type> h) : owner<Promise>(h) {}
    bool next()
    {
        this->handle.resume();
        if (!this->handle.done())
            return true;
        if (this->handle.promise().thrown)
            std::rethrow_exception(this->handle.promise().thrown);
        return false;
    }
    bool throw_in(std::exception_ptr e)
    {
        this->handle.promise().thrown = e;
        return next();
    }
    unsigned value() const { return this->handle.promise().value; }
};

using generator = generator_of<closed_promise>;
using open_generator = generator_of<open_promise>;

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
generator from(int depth, unsigned n);
open_generator open_numbers(unsigned n);
generator odd(generator source);
generator map(generator source);
unsigned sum(generator source);
task chain(int depth, unsigned turns, std::coroutine_handle<> &waiting);
open_generator handler();
generator guarded(unsigned &log);

#endif
