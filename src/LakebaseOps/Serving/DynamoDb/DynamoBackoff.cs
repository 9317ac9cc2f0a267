namespace LakebaseOps.Serving.DynamoDb;

/// <summary>How long to wait before asking again for what was left unprocessed: at random up to a limit that doubles each time.</summary>
internal static class DynamoBackoff
{
    /// <summary>Times to ask again.</summary>
    public const int Attempts = 12;

    private const double FirstMs = 10;
    private const double LongestMs = 2_000;

    /// <summary>Waits before an attempt.</summary>
    /// <param name="attempt">Its number, from 0.</param>
    /// <param name="table">What was left unprocessed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="LakebaseException">DynamoDbUnprocessed: there were attempts enough.</exception>
    public static Task WaitAsync(int attempt, string table, CancellationToken cancellationToken) => attempt < Attempts
        ? Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(LongestMs, FirstMs * (1 << attempt))), cancellationToken)
        : throw new LakebaseError(ErrorIds.DynamoDbUnprocessed, LakebaseErrorKind.Limit,
            $"DynamoDB still leaves something of '{table}' unprocessed after {Attempts} attempts.")
        { Target = table, Remedy = "Ask for less at a time, or raise the table's limits." }.ToException();
}
