using LakebaseOps.Loading.Ledger;
using Npgsql;

namespace LakebaseOps.Loading.Rejects;

/// <summary>Ends a load that has refused more rows than it may; shared by all streams of a process.</summary>
internal sealed class RejectGate(LoadPlan plan, Guid loadId)
{
    private const int Interval = 500;

    private long _next;

    /// <summary>
    /// Looks now and then, after a chunk with refused rows, at what all processes have refused together. A share is judged by
    /// the rows that the input will have in all if it goes on like this, so that a bad beginning does not end a load too early.
    /// </summary>
    /// <exception cref="LakebaseException">TooManyRejects.</exception>
    public async Task LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        long next = Interlocked.Read(ref _next);
        long now = Environment.TickCount64;
        if (now < next || Interlocked.CompareExchange(ref _next, now + Interval, next) != next)
            return;
        (long rejected, long rows, long bytes) = await RejectBooks.SumAsync(connection, loadId, cancellationToken).ConfigureAwait(false);
        if (plan.Rejects.Share is not null && plan.Source.TotalBytes is null)
            return;
        double all = plan.Source.TotalBytes is long total && bytes > 0 ? (double)(rows + rejected) * total / bytes : rows + rejected;
        if (!plan.Rejects.Allows(rejected, all))
            throw Exceeded(rejected, rows);
    }

    /// <summary>Judges the whole load.</summary>
    /// <exception cref="LakebaseException">TooManyRejects.</exception>
    public void Check(LoadTotals totals)
    {
        if (!plan.Rejects.Allows(totals.Rejected, totals.Rows + totals.Rejected))
            throw Exceeded(totals.Rejected, totals.Rows);
    }

    private LakebaseException Exceeded(long rejected, long rows) =>
        new LakebaseError(ErrorIds.TooManyRejects, LakebaseErrorKind.InvalidData,
            $"{plan.Table} was not loaded: {rejected:N0} of {rejected + rows:N0} rows so far were refused, and -MaxErrors allows {plan.Rejects}.")
        {
            Target = plan.Table.ToString(),
            Remedy = plan.RejectPath is null
                ? "Correct the input and load it with -Restart, or go on with a larger -MaxErrors; lakebase_ops.load_reject has the rows."
                : $"See {plan.RejectPath}; correct the input and load it with -Restart, or go on with a larger -MaxErrors.",
        }.ToException();
}
