using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Verification.Health;

/// <summary>
/// What ends by itself: Lakebase closes connections that are idle for a day or open for three, and its tokens are good for an
/// hour; a token is asked for when a connection is opened and not again.
/// </summary>
internal static class SessionLife
{
    private static readonly TimeSpan OldestConnection = TimeSpan.FromHours(66);
    private static readonly TimeSpan LongestIdle = TimeSpan.FromHours(20);
    private static readonly TimeSpan LeastToken = TimeSpan.FromMinutes(10);

    /// <summary>Connections of this role, and the token of this session.</summary>
    public static async Task<IReadOnlyList<(string Target, Finding Finding)>> CheckAsync(
        NpgsqlConnection connection, PostgresSession session, CancellationToken cancellationToken)
    {
        const string Expected = "connections younger than 66 h and idle for less than 20 h";
        List<(string, Finding)> found =
        [
            .. await HealthChecks.ListAsync(
                connection,
                """
                SELECT 'process ' || pid, concat('open for ', date_trunc('minute', clock_timestamp() - backend_start), ', ', state, ' for ',
                                                 date_trunc('minute', clock_timestamp() - state_change))
                FROM pg_stat_activity
                WHERE usename = current_user AND backend_type = 'client backend'
                  AND (backend_start < clock_timestamp() - $1 OR (state = 'idle' AND state_change < clock_timestamp() - $2))
                """,
                (string target, string actual) => (target, Finding.Prefer(false, Expected, actual,
                    "Give the pool a connection lifetime below three days, and let it close idle connections within a day: Lakebase does it otherwise.")),
                Finding.Prefer(true, Expected, "all of this role's", ""), cancellationToken, OldestConnection, LongestIdle).ConfigureAwait(false),
        ];
        if (TokenLife.EndOf(session.Options.Secret) is DateTimeOffset end)
            found.Add(($"token of session {session.Name}", Judge(end - DateTimeOffset.UtcNow)));
        return found;
    }

    /// <summary>What the rest of a token's life means.</summary>
    public static Finding Judge(TimeSpan left)
    {
        string expected = $"at least {LeastToken.TotalMinutes:0} min left";
        string actual = left > TimeSpan.Zero ? $"{(int)left.TotalMinutes} min left" : "expired";
        string remedy = left >= LeastToken ? "" : "Connect-Lakebase again with a new token: open connections go on, new ones are refused.";
        return new Finding(left <= TimeSpan.Zero ? CheckStatus.Failed : left < LeastToken ? CheckStatus.Warning : CheckStatus.Passed, expected, actual, remedy);
    }
}
