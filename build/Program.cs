using System.CommandLine;
using LakebaseOps.Build;

RootCommand root = new("Builds, demonstrates, tests, packages and benchmarks LakebaseOps.")
{
    ModuleTarget.Command(),
};
return await root.Parse(args).InvokeAsync();
