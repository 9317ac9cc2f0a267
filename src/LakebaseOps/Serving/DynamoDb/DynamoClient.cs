using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>A client of DynamoDB with its connections, and what it says when something fails.</summary>
internal sealed class DynamoClient(AmazonDynamoDBClient api, DynamoHttp http, string endpoint) : IDisposable
{
    /// <summary>The client itself.</summary>
    public IAmazonDynamoDB Api => api;

    /// <summary>Where it is, for messages.</summary>
    public string Endpoint => endpoint;

    /// <summary>Calls it and translates its failures.</summary>
    /// <param name="target">The table in question.</param>
    /// <param name="call">The call.</param>
    /// <exception cref="LakebaseException">Whatever failed.</exception>
    public async Task<T> CallAsync<T>(string target, Func<IAmazonDynamoDB, Task<T>> call)
    {
        try
        {
            return await call(api).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is AmazonClientException or AmazonServiceException or HttpRequestException or IOException or TaskCanceledException { InnerException: TimeoutException })
        {
            throw Translate(failure, target).ToException();
        }
    }

    /// <summary>A table's description; null when there is none.</summary>
    public async Task<TableDescription?> FindAsync(string table, CancellationToken cancellationToken)
    {
        try
        {
            return (await CallAsync(table, client => client.DescribeTableAsync(table, cancellationToken)).ConfigureAwait(false)).Table;
        }
        catch (LakebaseException missing) when (missing.Error.Cause is ResourceNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        api.Dispose();
        http.Dispose();
    }

    private LakebaseError Translate(Exception failure, string target)
    {
        (LakebaseErrorKind kind, string why, string remedy) = failure switch
        {
            AmazonServiceException { ErrorCode: "AccessDeniedException" } refused =>
                (LakebaseErrorKind.Permission, refused.Message, "Grant the role the action that is named."),
            AmazonServiceException { ErrorCode: "UnrecognizedClientException" or "InvalidSignatureException" or "ExpiredTokenException" or "MissingAuthenticationTokenException" } refused =>
                (LakebaseErrorKind.Authentication, refused.ErrorCode, "Sign in anew, or give this process other credentials."),
            ResourceNotFoundException => (LakebaseErrorKind.NotFound, "there is no such table", "Run Install-LakebaseDynamoDbTable with the same tables."),
            ResourceInUseException or TransactionConflictException =>
                (LakebaseErrorKind.Busy, failure.Message, "Run it again when the table is no longer being changed."),
            ProvisionedThroughputExceededException or RequestLimitExceededException or ThrottlingException or LimitExceededException =>
                (LakebaseErrorKind.Limit, ((AmazonServiceException)failure).ErrorCode, "Run it again later, with a smaller -ThrottleLimit, or raise the table's limits."),
            AmazonServiceException { StatusCode: >= System.Net.HttpStatusCode.InternalServerError } broken =>
                (LakebaseErrorKind.Unavailable, $"{broken.ErrorCode}: {broken.Message}", "Run it again later."),
            AmazonServiceException { ErrorCode: { Length: > 0 } code } refused => (LakebaseErrorKind.InvalidData, $"{code}: {refused.Message}", "Look at what the message names."),
            AmazonClientException or AmazonServiceException when failure.InnerException is null =>
                (LakebaseErrorKind.Authentication, failure.Message, "Give this process credentials that the AWS clients find: environment, profile or role."),
            _ => (LakebaseErrorKind.Connection, (failure.InnerException ?? failure).Message, "Check the address and whether the service runs there."),
        };
        return new LakebaseError(ErrorIds.DynamoDbFailed, kind, $"{endpoint} did not do what was asked of it: {why}") { Target = target, Remedy = remedy, Cause = failure };
    }
}
