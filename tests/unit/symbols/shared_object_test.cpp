// C++ names and restartable sequences, in shared objects that the test itself loads: the dynamic
// linker's addresses are the truth.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>

#include <algorithm>
#include <cstring>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

class Loaded {
 public:
  explicit Loaded(const char* name)
      : path_(fixture(name)), handle_(::dlopen(path_.c_str(), RTLD_NOW)) {}
  ~Loaded() {
    if (handle_) ::dlclose(handle_);
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  Address operator[](const char* symbol) const {
    return {reinterpret_cast<std::uint64_t>(::dlsym(handle_, symbol))};
  }
  core::Module module() const {
    const link_map* map = nullptr;
    ::dlinfo(handle_, RTLD_DI_LINKMAP, &map);
    return module_of(path_, {map->l_addr});
  }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  std::string path_;
  void* handle_;
};

class Shop : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(shop) << ::dlerror(); }
  std::vector<Address> found(const std::string& probe) {
    std::vector<Address> all;
    for (const auto& l : find(shop.module(), probe).findings.locations) all.push_back(l.address);
    return all;
  }
  std::vector<Address> truth(std::initializer_list<const char*> symbols) {
    std::vector<Address> all;
    for (const char* s : symbols) all.push_back(shop[s]);
    std::sort(all.begin(), all.end());
    return all;
  }
  Loaded shop{"libshop.so"};
};

TEST_F(Shop, ANameMeansAllItsOverloads) {
  const auto all = truth(
      {"_ZN4shop6Server6handleEi", "_ZN4shop6Server6handleEd", "_ZNK4shop6Server6handleEiPKc"});
  EXPECT_EQ(found("shop::Server::handle"), all);
  EXPECT_EQ(found("shop::Server::hand*"), all);
  EXPECT_EQ(found("shop::*::handle"), all);
  EXPECT_EQ(found("compute"), truth({"_Z7computei", "_Z7computed"}));
}

TEST_F(Shop, ASignatureMeansOne) {
  EXPECT_EQ(found("shop::Server::handle(int)"), truth({"_ZN4shop6Server6handleEi"}));
  EXPECT_EQ(found("shop::Server::handle(double)"), truth({"_ZN4shop6Server6handleEd"}));
  const auto constant = truth({"_ZNK4shop6Server6handleEiPKc"});
  EXPECT_EQ(found("shop::Server::handle(int, char const*) const"), constant);
  EXPECT_EQ(found("shop::Server::handle(int,char const *)"), constant);
  EXPECT_EQ(found("shop::Server::handle(int*)"), std::vector<Address>{});
  EXPECT_EQ(found("shop::Server::handle(*int*)").size(), 2u);
  EXPECT_EQ(found("compute(int)"), truth({"_Z7computei"}));
}

TEST_F(Shop, SpecialMembersAndOperators) {
  EXPECT_EQ(found("shop::Server::Server"), truth({"_ZN4shop6ServerC1Ev"}));
  EXPECT_EQ(found("shop::Server::~Server"), truth({"_ZN4shop6ServerD1Ev"}));
  EXPECT_EQ(found("shop::Server::operator()"), truth({"_ZN4shop6ServerclEi"}));
  EXPECT_EQ(found("shop::Server::operator()(int)"), truth({"_ZN4shop6ServerclEi"}));
  EXPECT_EQ(found("shop::Server::operator*="), truth({"_ZN4shop6ServermLEi"}));
  EXPECT_EQ(found("shop::Server::operator unsigned long"), truth({"_ZNK4shop6ServercvmEv"}));
}

TEST_F(Shop, TemplatesWithAndWithoutArguments) {
  EXPECT_EQ(found("shop::twice"), truth({"_ZN4shop5twiceIiEET_S1_", "_ZN4shop5twiceIdEET_S1_"}));
  EXPECT_EQ(found("shop::twice<int>"), truth({"_ZN4shop5twiceIiEET_S1_"}));
  EXPECT_EQ(found("shop::twice<int>(int)"), truth({"_ZN4shop5twiceIiEET_S1_"}));
}

TEST_F(Shop, MangledAndCNames) {
  EXPECT_EQ(found("_ZN4shop6Server6handleEi"), truth({"_ZN4shop6Server6handleEi"}));
  EXPECT_EQ(found("compute_c"), truth({"compute_c"}));
  EXPECT_EQ(find(shop.module(), "shop::Server::handle(int)").only().function,
            "shop::Server::handle(int)");
  EXPECT_EQ(found("(anonymous namespace)::concealed").size(), 1u);
  EXPECT_EQ(found("handle"), std::vector<Address>{});
}

TEST_F(Shop, VariablesByTheirCxxName) {
  const auto variable = make_resolver()->symbol(shop.module(), "shop::counter");
  ASSERT_TRUE(variable);
  EXPECT_EQ(variable->address, shop["_ZN4shop7counterE"]);
  EXPECT_EQ(variable->size, 4u);
}

TEST_F(Shop, SuggestsTheQualifiedName) {
  auto resolver = make_resolver();
  (void)find(*resolver, shop.module(), "handle");
  EXPECT_EQ(resolver->nearest(*parse_probe("handle"), 1),
            std::vector<std::string>{"shop::Server::handle"});
  EXPECT_EQ(resolver->nearest(*parse_probe("shop::Server::handel"), 1),
            std::vector<std::string>{"shop::Server::handle"});
}

TEST(Rseq, SequencesAreReportedAtRunTimeAddresses) {
  const Loaded library("librseq.so");
  ASSERT_TRUE(library) << ::dlerror();
  const Found found = find(library.module(), "seq_function");
  ASSERT_EQ(found.count(), 1u);
  ASSERT_EQ(found.findings.rseq.size(), 1u);
  EXPECT_EQ(found.findings.rseq[0].begin, library["seq_start"]);
  EXPECT_EQ(found.findings.rseq[0].end, library["seq_commit"]);
  std::uint64_t relocated = 0;  // what the kernel would read
  const Address field = library["seq_descriptor"] + 8;
  std::memcpy(&relocated, reinterpret_cast<const void*>(field.value), sizeof relocated);
  EXPECT_EQ(found.findings.rseq[0].begin.value, relocated);
}

TEST(Rseq, OtherFilesHaveNone) {
  EXPECT_TRUE(find(module_of(fixture("names-pie")), "main").findings.rseq.empty());
}

}  // namespace
}  // namespace sidestep::symbols::test
