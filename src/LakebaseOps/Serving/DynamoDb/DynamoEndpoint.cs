using System.Net;
using System.Text.RegularExpressions;
using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>
/// Where DynamoDB is reached: the service of a region, or the address of an emulator. Credentials come from the
/// client's own chain (environment, profile, role) and are never seen here; an emulator on this machine gets made-up ones.
/// </summary>
internal sealed partial class DynamoEndpoint
{
    private const string UsualRegion = "us-east-1";

    private readonly Uri? _url;
    private readonly string? _region;

    /// <exception cref="LakebaseException">InvalidArgument: no address to send requests to.</exception>
    public DynamoEndpoint(Uri? url, string? region)
    {
        Demand(region is null || RegionForm().IsMatch(region), "Region", "is no name of a region, such as eu-central-1", region);
        if (url is not null)
        {
            Demand(url.IsAbsoluteUri && url.Scheme is "http" or "https", "ServiceUrl", "must begin with https:// or, on this machine, http://", null);
            Demand(url.UserInfo.Length == 0 && url.Query.Length == 0, "ServiceUrl", "must not hold credentials or a query", url.Host);
            Demand(url.Scheme == "https" || IsLocal(url), "ServiceUrl", "must begin with https:// for another machine: http:// would send rows in the clear", url.Host);
        }

        _url = url;
        _region = region;
    }

    /// <summary>What it is called in messages.</summary>
    public string Name => _url?.GetLeftPart(UriPartial.Authority) ?? (_region is null ? "DynamoDB" : $"DynamoDB in {_region}");

    /// <summary>True for an emulator on this machine.</summary>
    public bool IsEmulator => _url is not null && IsLocal(_url);

    /// <summary>A client.</summary>
    /// <param name="connections">Connections at most.</param>
    /// <param name="retries">Times that the client itself repeats a request; 0 where each is timed.</param>
    /// <exception cref="LakebaseException">InvalidArgument: no region is known.</exception>
    public DynamoClient Open(int connections, int retries)
    {
        DynamoHttp http = new(connections, IsEmulator);
        AmazonDynamoDBConfig settings = new()
        {
            HttpClientFactory = http,
            MaxErrorRetry = retries,
            RetryMode = RequestRetryMode.Standard,
            DisableLogging = true,
            LogMetrics = false,
            Timeout = DynamoHttp.Timeout,
        };
        if (_url is not null)
        {
            settings.ServiceURL = _url.GetLeftPart(UriPartial.Authority);
            settings.AuthenticationRegion = _region ?? UsualRegion;
        }
        else if (_region is not null)
        {
            settings.RegionEndpoint = RegionEndpoint.GetBySystemName(_region);
        }
        else
        {
            Demand(settings.RegionEndpoint is not null, "Region", "or -ServiceUrl must be given: this machine's settings name no region", null);
        }

        try
        {
            return new DynamoClient(
                IsEmulator ? new AmazonDynamoDBClient(new BasicAWSCredentials("local", "local"), settings) : new AmazonDynamoDBClient(settings), http, Name);
        }
        catch (AmazonClientException unknown)
        {
            http.Dispose();
            throw new LakebaseError(ErrorIds.DynamoDbFailed, LakebaseErrorKind.Authentication, unknown.Message)
            { Target = Name, Cause = unknown, Remedy = "Give this process credentials that the AWS clients find: environment, profile or role." }.ToException();
        }
    }

    private static bool IsLocal(Uri url) => url.IsLoopback
        || (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static void Demand(bool holds, string parameter, string fault, string? target)
    {
        if (!holds)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"-{parameter} {fault}.")
            { Target = target ?? parameter, Remedy = "Give -Region for the service itself, or the -ServiceUrl of an emulator such as http://localhost:8000." }.ToException();
        }
    }

    [GeneratedRegex("^[a-z0-9-]{2,40}$")]
    private static partial Regex RegionForm();
}
