using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Operations;

public sealed class OperationPumpTests
{
    [Fact]
    public void Results_arrive_in_order_on_the_draining_thread()
    {
        Output output = new();
        OperationPump.Run(
            new Script(async (sink, token) =>
            {
                for (int number = 0; number < 1000; number++)
                    await sink.EmitAsync(number, token);
            }),
            output,
            CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 1000).Cast<object>(), output.Results);
        Assert.Equal([Environment.CurrentManagedThreadId], output.Threads);
    }

    [Fact]
    public void A_throwing_output_cancels_the_operation_and_waits_for_it()
    {
        bool unwound = false;
        Output output = new() { ThrowAt = 3 };
        Assert.Throws<InvalidOperationException>(() => OperationPump.Run(
            new Script(async (sink, token) =>
            {
                try
                {
                    for (int number = 0; ; number++)
                        await sink.EmitAsync(number, token);
                }
                finally
                {
                    await Task.Yield();
                    unwound = true;
                }
            }),
            output,
            CancellationToken.None));
        Assert.True(unwound);
    }

    [Fact]
    public void The_last_progress_report_is_always_shown()
    {
        Output output = new();
        OperationPump.Run(
            new Script((sink, _) =>
            {
                for (int number = 0; number < 500; number++)
                    sink.Report(new OperationProgress("Load", $"{number}"));
                sink.Report(new OperationProgress("Load", "done") { IsCompleted = true });
                return Task.CompletedTask;
            }),
            output,
            CancellationToken.None);
        Assert.True(output.Progress[^1].IsCompleted);
        Assert.True(output.Progress.Count < 10);
    }

    [Fact]
    public void What_the_operation_throws_comes_out()
    {
        LakebaseException thrown = Assert.Throws<LakebaseException>(() => OperationPump.Run(
            new Script((_, _) => throw new LakebaseException("no")), new Output(), CancellationToken.None));
        Assert.Equal(ErrorIds.Internal, thrown.Error.Id);
    }

    private sealed class Script(Func<IOperationSink, CancellationToken, Task> run) : Operation
    {
        public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new OperationPlan("nothing", "run a script"));

        public override Task RunAsync(IOperationSink sink, CancellationToken cancellationToken) => run(sink, cancellationToken);
    }

    private sealed class Output : IPumpOutput
    {
        public int ThrowAt { get; init; } = -1;

        public List<object> Results { get; } = [];

        public List<OperationProgress> Progress { get; } = [];

        public HashSet<int> Threads { get; } = [];

        public void Emit(object result)
        {
            if (Results.Count == ThrowAt)
                throw new InvalidOperationException("the reader has left");
            Threads.Add(Environment.CurrentManagedThreadId);
            Results.Add(result);
        }

        public void Report(OperationProgress progress) => Progress.Add(progress);

        public void Trace(string message)
        {
        }

        public void Warn(string message)
        {
        }

        public void Milestone(string message)
        {
        }

        public void Fail(LakebaseError error)
        {
        }
    }
}
